import { rootCertificates } from "node:tls";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { Webhook } from "standardwebhooks";
import { Agent } from "undici";
import type { DestinationConfiguration } from "../../components/configuration";
import type { Batch, Destination, Outcome } from "./destination";
import { contentTypes, httpBody } from "./httpBody";
import { outcomeOfAnswer, outcomeOfError } from "./httpOutcome";
import { SecretFileError, type SecretFiles } from "./secretFiles";

const compress = promisify(gzip);
/** Audit records shrink to about a tenth at any level; the higher ones cost several times the CPU. */
const GZIP_LEVEL = 2;
/** How much of an answer's body is read, to keep the connection; more closes it. Bytes. */
const ANSWER_BYTES = 64 << 10;

/**
 * Sends batches as POST to one URL; a whole 2xx answer is the acknowledgement (level `accepted`).
 *
 * With a signing secret a request carries `webhook-id`, `webhook-timestamp` and `webhook-signature`
 * (https://www.standardwebhooks.com). The id stays the same over the retries of a batch; what is signed is the
 * body before compression.
 */
export class HttpDestination implements Destination {
  readonly kind = "http";
  readonly level = "accepted";
  readonly #target: URL;
  #agent?: { authority: string | undefined; agent: Agent };

  constructor(
    private readonly settings: NonNullable<DestinationConfiguration["http"]>,
    private readonly connections: number,
    private readonly secrets: SecretFiles,
    private readonly now: () => number,
  ) {
    this.#target = new URL(settings.url);
  }

  async deliver(batch: Batch, signal: AbortSignal): Promise<Outcome> {
    const { format, gzip, timeoutSeconds } = this.settings;
    const timeout = AbortSignal.timeout(timeoutSeconds * 1000);
    try {
      const plain = httpBody(batch.records, format);
      const { statusCode, headers, body } = await this.#connect().request({
        origin: this.#target.origin,
        path: this.#target.pathname + this.#target.search,
        method: "POST",
        headers: this.#headers(batch.id, plain),
        body: gzip ? await compress(plain, { level: GZIP_LEVEL }) : plain,
        signal: AbortSignal.any([signal, timeout]),
      });
      const outcome = outcomeOfAnswer(statusCode, first(headers["retry-after"]), this.now());
      // A server whose answer breaks off has perhaps not finished with the batch: only a whole one acknowledges.
      if (outcome.kind === "acknowledged") await readThrough(body);
      else await body.dump({ limit: ANSWER_BYTES }).catch(() => {});
      return outcome;
    } catch (error) {
      signal.throwIfAborted();
      if (timeout.aborted) return { kind: "retry", reason: `no answer within ${timeoutSeconds} s` };
      if (error instanceof SecretFileError)
        return {
          kind: "fault",
          reason: error.message,
          remedy: "give the Secret that the destination names this key",
        };
      return outcomeOfError(error);
    }
  }

  async close(): Promise<void> {
    await this.#agent?.agent.destroy();
  }

  /** The connections; new ones once the authority's file has changed. */
  #connect(): Agent {
    const { caFile } = this.settings;
    const authority = caFile === undefined ? undefined : this.secrets.read(caFile);
    if (this.#agent && this.#agent.authority === authority) return this.#agent.agent;
    void this.#agent?.agent.close();
    const agent = new Agent({
      connections: this.connections,
      connect: authority === undefined ? {} : { ca: [...rootCertificates, authority] },
    });
    this.#agent = { authority, agent };
    return agent;
  }

  #headers(id: string, plain: Buffer): Record<string, string> {
    const { headers, format, gzip, bearerFile, basic, signing } = this.settings;
    const own: Record<string, string> = {
      "content-type": contentTypes[format],
      "user-agent": "zitadel-siem",
    };
    if (gzip) own["content-encoding"] = "gzip";
    if (bearerFile !== undefined) own.authorization = `Bearer ${this.secrets.read(bearerFile)}`;
    if (basic !== undefined) {
      const pair = `${basic.userName}:${this.secrets.read(basic.passwordFile)}`;
      own.authorization = `Basic ${Buffer.from(pair).toString("base64")}`;
    }
    if (signing !== undefined) Object.assign(own, this.#signature(id, plain, signing.secretFile));
    const given = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
    return { ...Object.fromEntries(given), ...own };
  }

  #signature(id: string, plain: Buffer, secretFile: string): Record<string, string> {
    const timestamp = new Date(this.now());
    return {
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(timestamp.getTime() / 1000)),
      "webhook-signature": webhook(this.secrets.read(secretFile), secretFile).sign(id, timestamp, plain),
    };
  }
}

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

/** Reads an answer to its end, or as far as ANSWER_BYTES; rejects when it breaks off before. */
async function readThrough(body: AsyncIterable<Buffer>): Promise<void> {
  let read = 0;
  for await (const chunk of body) {
    read += chunk.length;
    if (read > ANSWER_BYTES) break;
  }
}

function first(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
