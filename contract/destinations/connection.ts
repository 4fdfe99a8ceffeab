import * as z from "zod";
import { destinationUrl, secretFile } from "../values";

/** Files with a certificate and its private key, for a destination that asks for one; PEM. */
export const clientCertificate = z.strictObject({ certificate: secretFile, key: secretFile });

/** What every destination over HTTP says of its connections. */
export const connection = {
  url: destinationUrl,
  /** File with PEM certificates of authorities to trust besides the system's. */
  ca: secretFile.optional(),
  clientCertificate: clientCertificate.optional(),
  /** How long one request may take. Seconds, default 30. */
  timeoutSeconds: z.int().min(1).max(600).default(30),
};

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
