import { Webhook } from "standardwebhooks";
import type { DestinationConfiguration } from "../../../contract";
import { SecretFileError, type SecretFiles } from "../../secretFiles";
import type { Batch, Destination, Outcome } from "../destination";
import type { DestinationFactory } from "../factory";
import { HttpClient } from "../overHttp/client";
import { requestHeaders } from "../overHttp/headers";
import { outcomeOfAnswer } from "../overHttp/outcome";
import { contentTypes, recordsBody } from "../recordsBody";

/** How much of an answer's body is read, to keep the connection; more closes it. Bytes. */
const ANSWER_BYTES = 64 << 10;

/** Whether requests are ordered is the lane's affair: it then has one batch under way. */
type HttpSettings = Omit<NonNullable<DestinationConfiguration["http"]>, "ordered">;

/**
 * Sends batches as POST to one URL; a whole 2xx answer, or one with a status that is set for it, is the
 * acknowledgement (level `accepted`).
 *
 * With a signing secret a request carries `webhook-id`, `webhook-timestamp` and `webhook-signature`
 * (https://www.standardwebhooks.com). The id stays the same over the retries of a batch; what is signed is the
 * body before compression.
 */
export class HttpDestination implements Destination {
  readonly kind = "http";
  readonly level = "accepted";
  readonly #url: URL;
  readonly #client: HttpClient;

  constructor(
    private readonly settings: HttpSettings,
    connections: number,
    private readonly secrets: SecretFiles,
    private readonly now: () => number,
  ) {
    this.#url = new URL(settings.url);
    this.#client = new HttpClient(settings, connections, secrets, ANSWER_BYTES);
  }

  async deliver(batch: Batch, signal: AbortSignal): Promise<Outcome> {
    const { body: form, gzip } = this.settings;
    const body = recordsBody(batch.records, form);
    const request = () => ({ url: this.#url, headers: this.#headers(batch.id, body), body, gzip });
    const { answer, failure } = await this.#client.post(request, signal);
    if (failure) return failure;
    const outcome = outcomeOfAnswer(answer.status, answer.retryAfter, this.now());
    const { successCodes } = this.settings;
    if (outcome.kind !== "acknowledged" || !successCodes || successCodes.includes(answer.status))
      return outcome;
    return {
      kind: "fault",
      reason: `answered ${answer.status}, which is not among successCodes`,
      remedy: "add it there if it means that the records were taken, or correct the destination's url",
    };
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  #headers(id: string, body: Buffer): Record<string, string> {
    const { body: form, signing } = this.settings;
    return {
      ...requestHeaders(this.settings, this.secrets),
      "content-type": contentTypes[form],
      ...(signing && this.#signature(id, body, signing.secret)),
    };
  }

  #signature(id: string, body: Buffer, secretFile: string): Record<string, string> {
    const timestamp = new Date(this.now());
    return {
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(timestamp.getTime() / 1000)),
      "webhook-signature": webhook(this.secrets.read(secretFile), secretFile).sign(id, timestamp, body),
    };
  }
}

export const http: DestinationFactory<HttpSettings> = {
  create: (settings, { batch, secrets }) => new HttpDestination(settings, batch.inFlight, secrets, Date.now),
};

/** The signer of a secret. The library's own message is not repeated: it could hold a part of the secret. */
function webhook(secret: string, file: string): Webhook {
  try {
    return new Webhook(secret);
  } catch {
    throw new SecretFileError(
      `the secrets file ${file} is no Standard Webhooks secret ("whsec_" and base64)`,
    );
  }
}
