import { createSecureContext } from "node:tls";
import type { Configuration } from "../../../contract";
import type { Fault } from "../../fault";
import { SecretFileError, type SecretFiles } from "../../secretFiles";
import { type CertificateAndKey, checkCertificate, readCertificate } from "../../tls/certificate";

/** The files of a listener's certificate, below the secrets folder. */
export type CertificateFiles = NonNullable<NonNullable<Configuration["logins"]>["webhook"]>["tls"] & object;

/**
 * The certificate of the listener, by its files, which are looked at again with every connection. A new one is for
 * the connections from then on; those that are there go on with theirs. One that is of no use changes nothing: the
 * last good one stays.
 */
export class ListenerCertificate {
  #wrong: string | undefined;
  #used: CertificateAndKey | undefined;

  constructor(
    private readonly files: CertificateFiles,
    private readonly secrets: SecretFiles,
    private readonly use: (certificate: CertificateAndKey) => void,
  ) {}

  /** Whether the listener has one to show. */
  get usable(): boolean {
    return this.#used !== undefined;
  }

  /** What is wrong with the files as they were when they were looked at last. */
  get fault(): Fault | undefined {
    if (this.#wrong === undefined) return undefined;
    return {
      reason: this.usable
        ? `the last good certificate is in use: ${this.#wrong}`
        : `no connection can be made: ${this.#wrong}`,
      remedy:
        "give the Secret that logins.webhook.tlsSecretName names a certificate as tls.crt and its key as tls.key",
    };
  }

  refresh(): void {
    try {
      const found = readCertificate(this.files, this.secrets);
      if (found.cert !== this.#used?.cert || found.key !== this.#used.key) {
        checkCertificate(found, this.files);
        createSecureContext(found);
        this.use(found);
        this.#used = found;
      }
      this.#wrong = undefined;
    } catch (error) {
      this.#wrong =
        error instanceof SecretFileError ? error.message : "the certificate of the listener cannot be used";
    }
  }
}
