import type { Credential } from "./credential";

/** A certificate with which the forwarder says who it is, for a destination that asks for one (mutual TLS). */
export interface ClientCertificate {
  /** The certificate in PEM, followed by those between it and its authority. */
  certificate: Credential;
  /** Its private key in PEM, without a passphrase. */
  key: Credential;
}
