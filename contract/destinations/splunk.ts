import * as z from "zod";
import { secretFile } from "../values";
import { checkConnection, connection } from "./connection";

/** A value that Splunk keeps with each event. */
const metadata = z.string().min(1).max(255);

export const splunk = z
  .strictObject({
    /** `url` is the HTTP Event Collector: its address, or the whole URL that ends in `/services/collector/event`. */
    ...connection,
    /** File with the token of the HTTP Event Collector. */
    token: secretFile,
    /** The index that events go to; the token's default where it is left out. */
    index: metadata.optional(),
    sourcetype: metadata.default("zitadel:audit"),
    source: metadata.default("zitadel-siem"),
    /** The host that events are of; what Splunk makes of the connection where it is left out. */
    host: metadata.optional(),
    /** Whether a batch is delivered only once Splunk says that it is indexed. The token must have it enabled. */
    acknowledgement: z.boolean().default(false),
    /** How long to wait for that before a batch is sent again. Seconds, default 300. */
    acknowledgementTimeoutSeconds: z.int().min(1).max(3600).default(300),
    gzip: z.boolean().default(true),
  })
  .superRefine(checkConnection);
