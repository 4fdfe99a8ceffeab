import * as z from "zod";
import { credential, destinationUrl, text } from "../schema/values";

/** Files with a certificate and its private key, for a destination that asks for one; PEM. */
export const clientCertificate = z
  .strictObject({
    certificate: credential.meta({
      description: "The certificate in PEM, followed by those between it and its authority.",
    }),
    key: credential.meta({ description: "Its private key in PEM, without a passphrase." }),
  })
  .meta({
    typeName: "ClientCertificate",
    typeDescription:
      "A certificate with which the forwarder says who it is, for a destination that asks for one (mutual TLS).",
  });

/** A user name and a password. */
export const basic = z
  .strictObject({
    userName: text.meta({ description: "The user name." }),
    password: credential.meta({ description: "The password." }),
  })
  .meta({ typeName: "BasicAuthentication", typeDescription: "Basic authentication." });

/** What every kind says of what it trusts. */
export const authorities = credential.optional().meta({
  description: "PEM certificates of authorities to trust besides the system's.",
  otherwise: "the system's alone",
});

/** What every destination over HTTP says of its connections; `url` describes its address. */
export const connection = (url: string) => ({
  url: destinationUrl.meta({ description: url }),
  ca: authorities,
  clientCertificate: clientCertificate.optional().meta({
    description: "Certificate for a destination that asks for one (mutual TLS), over `https`.",
    otherwise: "none",
  }),
  timeoutSeconds: z
    .int()
    .min(1)
    .max(600)
    .default(30)
    .meta({ description: "How long one request may take, in seconds." }),
});

/** Whether bodies are compressed. */
export const gzip = z.boolean().default(true).meta({
  description: "Whether bodies are compressed.",
  remark: "Switch it off for receivers that cannot read gzip.",
});

/** A token in the header `Authorization`. */
export const bearer = credential
  .optional()
  .meta({ description: "Token sent as `Authorization: Bearer …`.", otherwise: "none" });

export const basicAuthentication = basic
  .optional()
  .meta({ description: "User name and password sent as basic authentication.", otherwise: "none" });

/** Nobody asks for a certificate on a connection without TLS, and the forwarder would seem to be known where it is not. */
export function checkConnection(
  { url, clientCertificate }: { url: string; clientCertificate?: object | undefined },
  context: z.core.$RefinementCtx,
): void {
  if (clientCertificate === undefined || new URL(url).protocol === "https:") return;
  context.addIssue({
    code: "custom",
    path: ["clientCertificate"],
    message: "goes with an https url alone: correct the url, or leave it out",
  });
}

/** The port that a URL of HTTP leads to. */
export function portOf(url: string): number {
  const { protocol, port } = new URL(url);
  if (port !== "") return Number(port);
  return protocol === "http:" ? 80 : 443;
}
