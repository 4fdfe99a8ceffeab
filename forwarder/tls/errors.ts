/** Codes of Node's TLS for a certificate that is not to be trusted. */
const certificateProblem =
  /^(DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(GET|VERIFY|DECRYPT|DECODE)_|CERT_|ERR_TLS_CERT_|HOSTNAME_MISMATCH)/;

/** Codes of the alerts with which the other side refuses our certificate, or the lack of one (RFC 8446, section 6.2). */
const clientCertificateProblem =
  /_ALERT_(BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_\w+|NO_CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE_FAILURE)$/;

/** Whether an error of this code means that the other side is not whom we trust. */
export const isUntrusted = (code: string): boolean => certificateProblem.test(code);

/** Whether an error of this code means that the other side does not trust us. */
export const refusesOurCertificate = (code: string): boolean => clientCertificateProblem.test(code);

/** The code of a connection's error, or of what caused it: its message may hold the address and is not repeated. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return "unknown error";
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.cause === undefined ? error.name : errorCode(error.cause);
}
