import * as z from "zod";
import { destinationUrl, plainHeaders, secretFile } from "../values";

const secretHeaderFiles = z.record(z.string(), secretFile).superRefine((files, context) => {
  for (const name of Object.keys(files))
    if (!/^[A-Za-z0-9-]{1,60}$/.test(name))
      context.addIssue({
        code: "custom",
        message: "names a header that cannot be: give 1 to 60 letters, digits and '-'",
      });
});

export const otlp = z.strictObject({
  /** The receiver of OTLP/HTTP: its address, or the whole URL that ends in `/v1/logs`. */
  url: destinationUrl,
  /** How a request is encoded. */
  encoding: z.enum(["protobuf", "json"]).default("protobuf"),
  bearerFile: secretFile.optional(),
  basic: z.strictObject({ userName: z.string().min(1), passwordFile: secretFile }).optional(),
  /** Plain headers that are no secret. */
  headers: plainHeaders.default({}),
  /** Headers whose values are secret, by name: the files with the values. */
  secretHeaderFiles: secretHeaderFiles.default({}),
  gzip: z.boolean().default(true),
  caFile: secretFile.optional(),
  /** How long one request may take. Seconds, default 30. */
  timeoutSeconds: z.int().min(1).max(600).default(30),
});
