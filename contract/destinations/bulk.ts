import * as z from "zod";
import { enumeration } from "../schema/described";
import { credential } from "../schema/values";
import { basicAuthentication, checkConnection, connection, gzip, portOf } from "./connection";
import type { RecordFormat } from "./formats";
import type { DestinationKind } from "./kind";

/** What an index, an alias and a data stream may be called, with room for a month behind it. */
const indexName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,99}$/, {
    error: "must be 1 to 100 lower-case letters, digits, '.', '_' and '-', beginning with a letter or digit",
  })
  .meta({ sample: "unknown" });

const template = enumeration("IndexTemplate", "What is done about the index template.", {
  Install: ["install", "Put the one of this version, named as the index or data stream."],
  Check: ["check", "Look whether one is there, for a credential that may not change the cluster."],
  None: ["none", "Nothing."],
});

/** How the names of monthly indices begin where nothing is given. */
const INDEX = "zitadel";

/** Elasticsearch and OpenSearch: what both have in common, which is all that the forwarder uses of them. */
const settings = z
  .strictObject({
    ...connection(
      "Address of the cluster or of a gateway before it, for example `https://opensearch.example.com:9200`; `/_bulk` is added to its path.",
    ),
    index: indexName.optional().meta({
      description:
        "Beginning of the names of monthly indices: `zitadel` makes `zitadel-2026.11` of records created in November 2026 (UTC). A repeat is then never a second document.",
      otherwise: `\`${INDEX}\``,
    }),
    dataStream: indexName.optional().meta({
      description:
        "Name of a data stream to use instead of monthly indices, for example `logs-zitadel.audit-default`. A record that is sent again after the data stream rolled over is a second document.",
      otherwise: "none",
    }),
    template: template
      .default("install")
      .meta({ description: "What is done about the index template before the first batch." }),
    apiKey: credential.optional().meta({
      description: "API key, encoded as the server gives it, sent as `Authorization: ApiKey …`.",
      otherwise: "none",
    }),
    basic: basicAuthentication,
    gzip,
  })
  .superRefine(checkConnection)
  .refine(({ index, dataStream }) => index === undefined || dataStream === undefined, {
    path: ["dataStream"],
    error: "goes without index: give one of them",
  })
  .refine(({ apiKey, basic }) => apiKey === undefined || basic === undefined, {
    path: ["basic"],
    error: "goes without apiKey: give one of them",
  })
  .transform(({ index, dataStream, ...bulk }) => ({
    ...bulk,
    /** Exactly one of the two. */
    target: dataStream === undefined ? { index: index ?? INDEX } : { dataStream },
  }))
  .meta({
    typeName: "BulkDestination",
    typeDescription:
      "Elasticsearch or OpenSearch, by their bulk API. The record's id is the document's `_id`.",
  });

/** Where documents go: monthly indices that begin so, or a data stream. */
export type BulkTarget =
  | { index: string; dataStream?: undefined }
  | { index?: undefined; dataStream: string };

const kind = {
  settings,
  formats: ["ecs", "zitadel", "ocsf", "otel"] as [RecordFormat, ...RecordFormat[]],
  acknowledgement: () => "indexed" as const,
  ports: ({ url }: { url: string }) => [portOf(url)],
};

export const elasticsearch = {
  ...kind,
  description: "Send records to Elasticsearch by its bulk API. Delivered means: each document is indexed.",
} satisfies DestinationKind<typeof settings>;

export const opensearch = {
  ...kind,
  description: "Send records to OpenSearch by its bulk API. Delivered means: each document is indexed.",
} satisfies DestinationKind<typeof settings>;
