import * as z from "zod";
import { credential } from "../schema/values";
import { checkConnection, connection, gzip, portOf } from "./connection";
import type { DestinationKind } from "./kind";

/** A value that Splunk keeps with each event. */
const metadata = z.string().min(1).max(255);

const settings = z
  .strictObject({
    ...connection(
      "Address of the HTTP Event Collector, for example `https://splunk.example.com:8088`, or its whole URL, which ends in `/services/collector/event`.",
    ),
    token: credential.meta({ description: "Token of the HTTP Event Collector." }),
    index: metadata.optional().meta({
      description: "Index that events go to. The token must be allowed to write there.",
      otherwise: "the token's own",
    }),
    sourcetype: metadata.default("zitadel:audit").meta({ description: "Source type of the events." }),
    source: metadata.default("zitadel-siem").meta({ description: "Source of the events." }),
    host: metadata.optional().meta({
      description: "Host of the events, for example ZITADEL's domain.",
      otherwise: "what Splunk takes from the connection",
    }),
    acknowledgement: z.boolean().default(false).meta({
      description:
        "Whether a batch is delivered only once Splunk says that it is indexed, instead of received. The token must have indexer acknowledgement enabled.",
    }),
    acknowledgementTimeoutSeconds: z.int().min(1).max(3600).default(300).meta({
      description: "How long to wait for an acknowledgement before a batch is sent again, in seconds.",
    }),
    gzip,
  })
  .superRefine(checkConnection)
  .meta({
    typeName: "SplunkDestination",
    typeDescription:
      "Splunk's HTTP Event Collector. The record's id goes with each event as the indexed field `id`: search with `dedup id` where a repeat matters.",
  });

export const splunk = {
  settings,
  description:
    "Send records to Splunk's HTTP Event Collector. Delivered means: received by Splunk, or with `acknowledgement` indexed.",
  formats: ["zitadel", "ecs", "ocsf", "otel"],
  acknowledgement: ({ acknowledgement }) => (acknowledgement ? "indexed" : "accepted"),
  ports: ({ url }) => [portOf(url)],
} satisfies DestinationKind<typeof settings>;
