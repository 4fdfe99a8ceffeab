import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Agent, Dispatcher } from "undici";
import { readBeginning } from "../../http/body";
import { RenewedAgent } from "../../http/renewedAgent";
import { SecretFileError, type SecretFiles } from "../../secretFiles";
import { type CertificateFiles, checkCertificate, readCertificate } from "../../tls/certificate";
import type { Outcome } from "../destination";
import { outcomeOfError, outcomeOfGate } from "./outcome";

const compress = promisify(gzip);
/** Audit records shrink to about a tenth at any level; the higher ones cost several times the CPU. */
const GZIP_LEVEL = 2;

/** What the settings of every destination over HTTP say of its connections. */
export interface HttpClientSettings {
  /** File with PEM certificates of authorities to trust besides the system's. */
  ca?: string;
  /** Files of the certificate with which the forwarder says who it is. */
  clientCertificate?: CertificateFiles;
  /** How long one request may take, its answer included. Seconds. */
  timeoutSeconds: number;
}

export interface HttpRequest {
  url: URL;
  /** By name in lower case. */
  headers: Record<string, string>;
  /** Before compression; none for GET. */
  body?: Buffer;
  /** Whether the body is compressed on its way. */
  gzip: boolean;
}

export interface HttpAnswer {
  status: number;
  /** Its beginning, as far as the client's `answerBytes`; the whole of a shorter one. */
  body: Buffer;
  /** The same as text. */
  text: string;
  contentType?: string;
  retryAfter?: string;
  /** Values of `set-cookie`. */
  cookies: string[];
}

/** What came of a request: an answer, or what it means for the batch that there is none. */
export type Exchange = { answer: HttpAnswer; failure?: undefined } | { answer?: undefined; failure: Outcome };

/** Requests to one destination: its own authorities and client certificate, compression, timeouts, whole answers. */
export class HttpClient {
  readonly #agent: RenewedAgent;

  /**
   * @param connections how many requests may be under way at once
   * @param answerBytes how much of an answer is read; more closes the connection
   */
  constructor(
    private readonly settings: HttpClientSettings,
    connections: number,
    private readonly secrets: SecretFiles,
    private readonly answerBytes: number,
  ) {
    this.#agent = new RenewedAgent({ connections, authority: "besides the system's" });
  }

  /** Posts what `make` gives, as `send`. */
  post(make: () => HttpRequest, signal: AbortSignal): Promise<Exchange> {
    return this.send("POST", make, signal);
  }

  /**
   * Sends what `make` gives, which may read credentials: a SecretFileError of it is a fault. An answer in 2xx
   * that breaks off is none: the server has perhaps not finished. Rejects only with the signal's reason.
   */
  async send(
    method: "GET" | "PUT" | "POST",
    make: () => HttpRequest,
    signal: AbortSignal,
  ): Promise<Exchange> {
    const { timeoutSeconds } = this.settings;
    const timeout = AbortSignal.timeout(timeoutSeconds * 1000);
    try {
      const { url, headers, body, gzip } = make();
      const sent = gzip && body ? await compress(body, { level: GZIP_LEVEL }) : body;
      const response = await this.#connect().request({
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers: {
          ...headers,
          "user-agent": "zitadel-siem",
          ...(gzip && body && { "content-encoding": "gzip" }),
        },
        body: sent,
        signal: AbortSignal.any([signal, timeout]),
      });
      const answer = await this.#read(response);
      const failure = outcomeOfGate(answer.status, answer.text);
      return failure ? { failure } : { answer };
    } catch (error) {
      signal.throwIfAborted();
      if (timeout.aborted)
        return { failure: { kind: "retry", reason: `no answer within ${timeoutSeconds} s` } };
      return { failure: error instanceof SecretFileError ? missingCredential(error) : outcomeOfError(error) };
    }
  }

  close(): Promise<void> {
    return this.#agent.close();
  }

  /** The connections, by the files of either end's certificates as they are now. */
  #connect(): Agent {
    const { ca, clientCertificate: files } = this.settings;
    const authority = ca === undefined ? undefined : this.secrets.read(ca);
    const own = files && readCertificate(files, this.secrets);
    return this.#agent.of({ authority, own }, () => own && files && checkCertificate(own, files));
  }

  async #read({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<HttpAnswer> {
    const succeeded = statusCode >= 200 && statusCode < 300;
    const answer = await readBeginning(body as AsyncIterable<Buffer>, this.answerBytes, !succeeded);
    return {
      status: statusCode,
      body: answer,
      text: answer.toString(),
      contentType: [headers["content-type"]].flat()[0],
      retryAfter: [headers["retry-after"]].flat()[0],
      cookies: [headers["set-cookie"] ?? []].flat(),
    };
  }
}

/** What it means that a credential cannot be read. */
export function missingCredential({ message }: SecretFileError): Outcome {
  return {
    kind: "fault",
    reason: message,
    remedy: "give the Secret that the destination names this key",
  };
}
