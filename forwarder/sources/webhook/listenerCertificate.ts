import { createSecureContext } from "node:tls";
import type { Configuration } from "../../../contract";
import {
  type ClientCertificate,
  checkClientCertificate,
  readClientCertificate,
} from "../../destinations/clientCertificate";
import { SecretFileError, type SecretFiles } from "../../destinations/secretFiles";

type CertificateFiles = NonNullable<NonNullable<Configuration["logins"]>["webhook"]>["tls"] & object;

/**
 * The certificate of the listener, by its files, which are looked at again with every connection. A new one is for
 * the connections from then on; those that are there go on with theirs. One that is of no use changes nothing: the
 * last good one stays.
 */
export class ListenerCertificate {
  /** What is wrong with the files as they are now. */
  problem: string | undefined;
  #used: ClientCertificate | undefined;

  constructor(
    private readonly files: CertificateFiles,
    private readonly secrets: SecretFiles,
    private readonly use: (certificate: ClientCertificate) => void,
  ) {}

  /** Whether the listener has one to show. */
  get usable(): boolean {
    return this.#used !== undefined;
  }

  refresh(): void {
    try {
      const found = readClientCertificate(this.files, this.secrets);
      if (found.cert !== this.#used?.cert || found.key !== this.#used.key) {
        checkClientCertificate(found, this.files);
        createSecureContext(found);
        this.use(found);
        this.#used = found;
      }
      this.problem = undefined;
    } catch (error) {
      this.problem =
        error instanceof SecretFileError ? error.message : "the certificate of the listener cannot be used";
    }
  }
}
