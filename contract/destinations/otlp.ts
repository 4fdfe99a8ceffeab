import * as z from "zod";
import { secretFile } from "../values";
import { checkConnection, connection } from "./connection";
import { authorizationBy, checkHeaders, headers } from "./headers";

export const otlp = z
  .strictObject({
    /** `url` is the receiver of OTLP/HTTP: its address, or the whole URL that ends in `/v1/logs`. */
    ...connection,
    /** How a request is encoded. */
    encoding: z.enum(["protobuf", "json"]).default("protobuf"),
    bearer: secretFile.optional(),
    basic: z.strictObject({ userName: z.string().min(1), password: secretFile }).optional(),
    ...headers,
    gzip: z.boolean().default(true),
  })
  .superRefine(checkConnection)
  .superRefine((settings, context) => checkHeaders(settings, authorizationBy(settings), context));
