import { createPrivateKey, X509Certificate } from "node:crypto";
import { SecretFileError, type SecretFiles } from "../secretFiles";

/** The files of a certificate with its key, below the secrets folder. */
export interface CertificateFiles {
  /** PEM: the certificate, followed by those between it and its authority. */
  certificate: string;
  /** PEM, without a passphrase. */
  key: string;
}

/** As `node:tls` takes it. PEM. */
export interface CertificateAndKey {
  cert: string;
  key: string;
}

/** A certificate with its key as the files hold them now, unchecked. Throws SecretFileError. */
export function readCertificate(
  { certificate, key }: CertificateFiles,
  secrets: SecretFiles,
): CertificateAndKey {
  return { cert: secrets.read(certificate), key: secrets.read(key) };
}

/**
 * Throws a SecretFileError that names the file which is of no use, also when the key is that of another certificate,
 * as it can be for a moment while the two rotate. OpenSSL's own message is not repeated.
 */
export function checkCertificate({ cert, key }: CertificateAndKey, files: CertificateFiles): void {
  const certificate = parsed(() => new X509Certificate(cert));
  if (!certificate)
    throw new SecretFileError(`the secrets file ${files.certificate} holds no certificate in PEM`);
  const privateKey = parsed(() => createPrivateKey(key));
  if (!privateKey)
    throw new SecretFileError(
      `the secrets file ${files.key} holds no private key in PEM without a passphrase`,
    );
  if (!certificate.checkPrivateKey(privateKey))
    throw new SecretFileError(
      `the private key in the secrets file ${files.key} is not that of the certificate in ${files.certificate}`,
    );
}

function parsed<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
