import * as z from "zod";
import { secretFile } from "../values";
import { checkConnection, connection } from "./connection";
import { authorizationBy, checkHeaders, headers } from "./headers";

const signing = z.strictObject({
  /** File with the Standard Webhooks secret (`whsec_` and base64). */
  secret: secretFile,
});

/** The headers of a signature: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
const signatureHeaders = ["webhook-id", "webhook-timestamp", "webhook-signature"];

export const http = z
  .strictObject({
    ...connection,
    /** `json`: one JSON array a request; `ndjson`: a JSON object a line. */
    body: z.enum(["json", "ndjson"]).default("ndjson"),
    gzip: z.boolean().default(true),
    bearer: secretFile.optional(),
    basic: z.strictObject({ userName: z.string().min(1), password: secretFile }).optional(),
    signing: signing.optional(),
    ...headers,
    /** Statuses of an answer that acknowledge a batch. Default every one from 200 to 299. */
    successCodes: z.array(z.int().min(200).max(299)).min(1).optional(),
    /** Whether a batch is sent only after the one before it was acknowledged or set aside. Default false. */
    ordered: z.boolean().default(false),
  })
  .superRefine(checkConnection)
  .superRefine((settings, context) =>
    checkHeaders(
      settings,
      { ...authorizationBy(settings), ...(settings.signing && { signing: signatureHeaders }) },
      context,
    ),
  );
