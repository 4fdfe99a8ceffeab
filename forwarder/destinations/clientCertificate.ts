import { createPrivateKey, X509Certificate } from "node:crypto";
import { SecretFileError, type SecretFiles } from "./secretFiles";

export interface ClientCertificateFiles {
  /** PEM: the certificate, followed by those between it and its authority. */
  certificateFile: string;
  /** PEM, without a passphrase. */
  keyFile: string;
}

/** As `node:tls` takes it. PEM. */
export interface ClientCertificate {
  cert: string;
  key: string;
}

/** The client certificate as its files hold it now, unchecked. Throws SecretFileError. */
export function readClientCertificate(
  { certificateFile, keyFile }: ClientCertificateFiles,
  secrets: SecretFiles,
): ClientCertificate {
  return { cert: secrets.read(certificateFile), key: secrets.read(keyFile) };
}

/**
 * Throws a SecretFileError that names the file which is of no use, also when the key is that of another certificate,
 * as it can be for a moment while the two rotate. OpenSSL's own message is not repeated.
 */
export function checkClientCertificate(
  { cert, key }: ClientCertificate,
  { certificateFile, keyFile }: ClientCertificateFiles,
): void {
  const certificate = parsed(() => new X509Certificate(cert));
  if (!certificate)
    throw new SecretFileError(`the secrets file ${certificateFile} holds no certificate in PEM`);
  const privateKey = parsed(() => createPrivateKey(key));
  if (!privateKey)
    throw new SecretFileError(`the secrets file ${keyFile} holds no private key in PEM without a passphrase`);
  if (!certificate.checkPrivateKey(privateKey))
    throw new SecretFileError(
      `the private key in the secrets file ${keyFile} is not that of the certificate in ${certificateFile}`,
    );
}

function parsed<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
