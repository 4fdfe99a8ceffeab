import * as z from "zod";
import { destinationUrl, plainHeaders, secretFile } from "../values";

const signing = z.strictObject({
  /** File with the Standard Webhooks secret (`whsec_` and base64). */
  secretFile,
});

export const http = z.strictObject({
  url: destinationUrl,
  /** `json`: one JSON array a request; `ndjson`: a JSON object a line. */
  body: z.enum(["json", "ndjson"]).default("ndjson"),
  gzip: z.boolean().default(true),
  bearerFile: secretFile.optional(),
  basic: z.strictObject({ userName: z.string().min(1), passwordFile: secretFile }).optional(),
  signing: signing.optional(),
  caFile: secretFile.optional(),
  /** Plain headers that are no secret. */
  headers: plainHeaders.default({}),
  /** How long one request may take. Seconds, default 30. */
  timeoutSeconds: z.int().min(1).max(600).default(30),
});
