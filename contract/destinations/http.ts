import * as z from "zod";
import { enumeration } from "../schema/described";
import { credential } from "../schema/values";
import { basicAuthentication, bearer, checkConnection, connection, gzip, portOf } from "./connection";
import { authorizationBy, checkHeaders, headers } from "./headers";
import type { DestinationKind } from "./kind";

const body = enumeration("HttpBody", "Form of an HTTP request's body.", {
  Json: ["json", "One JSON array a request."],
  Ndjson: ["ndjson", "A JSON object a line."],
});

const signing = z
  .strictObject({
    secret: credential.meta({ description: "The shared secret: `whsec_` and 24 to 64 bytes in base64." }),
  })
  .meta({
    typeName: "RequestSigning",
    typeDescription: "A signature by the Standard Webhooks convention (https://www.standardwebhooks.com).",
  });

/** The headers of a signature: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
const signatureHeaders = ["webhook-id", "webhook-timestamp", "webhook-signature"];

const settings = z
  .strictObject({
    ...connection("URL to which records are posted, `http` or `https`, without a user name or password."),
    body: body.default("ndjson").meta({ description: "Form of a request's body." }),
    gzip,
    bearer,
    basic: basicAuthentication,
    signing: signing.optional().meta({
      description: "Sign every request by the Standard Webhooks convention.",
      otherwise: "no signature",
    }),
    ...headers,
    successCodes: z.array(z.int().min(200).max(299)).min(1).optional().meta({
      description: "Statuses of an answer that mean delivered.",
      otherwise: "all of them",
    }),
    ordered: z.boolean().default(false).meta({
      description:
        "Whether records are sent in the journal's order: one request at a time, the next only after the one before was acknowledged or its records set aside.",
      remark: "Without it `batch.inFlight` requests are under way at once.",
    }),
  })
  .superRefine(checkConnection)
  .superRefine((given, context) =>
    checkHeaders(
      given,
      { ...authorizationBy(given), ...(given.signing && { signing: signatureHeaders }) },
      context,
    ),
  )
  .meta({ typeName: "HttpDestination", typeDescription: "An HTTP endpoint." });

export const http = {
  settings,
  description:
    "Send records to an HTTP endpoint. Delivered means: answered with a 2xx status, or one of `successCodes`.",
  formats: ["zitadel", "ecs", "ocsf", "otel"],
  acknowledgement: () => "accepted",
  ports: ({ url }) => [portOf(url)],
  ordered: ({ ordered }) => ordered === true,
} satisfies DestinationKind<typeof settings>;
