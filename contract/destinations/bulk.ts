import * as z from "zod";
import { secretFile } from "../values";
import { checkConnection, connection } from "./connection";

/** What an index, an alias and a data stream may be called, with room for a month behind it. */
const indexName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,99}$/, {
  error: "must be 1 to 100 lower-case letters, digits, '.', '_' and '-', beginning with a letter or digit",
});

/** Elasticsearch and OpenSearch: what both have in common, which is all that the forwarder uses of them. */
export const bulk = z
  .strictObject({
    /** `url` is the address of the cluster or of a gateway before it; `/_bulk` is added to its path. */
    ...connection,
    /** Beginning of the names of monthly indices, which end in the month of the records' creation. */
    index: indexName.optional(),
    /** A data stream instead of monthly indices. */
    dataStream: indexName.optional(),
    /** What is done about the index template before the first batch. */
    template: z.enum(["install", "check", "none"]).default("install"),
    /** File with the API key as the server gives it encoded. */
    apiKey: secretFile.optional(),
    basic: z.strictObject({ userName: z.string().min(1), password: secretFile }).optional(),
    gzip: z.boolean().default(true),
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
    target: dataStream === undefined ? { index: index ?? "zitadel" } : { dataStream },
  }));

/** Where documents go: monthly indices that begin so, or a data stream. */
export type BulkTarget =
  | { index: string; dataStream?: undefined }
  | { index?: undefined; dataStream: string };
