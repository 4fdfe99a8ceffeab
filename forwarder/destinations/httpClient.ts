import { rootCertificates } from "node:tls";
import { isDeepStrictEqual, promisify } from "node:util";
import { gzip } from "node:zlib";
import { Agent, type Dispatcher } from "undici";
import {
  type ClientCertificate,
  type ClientCertificateFiles,
  checkClientCertificate,
  readClientCertificate,
} from "./clientCertificate";
import { createConnector } from "./connector";
import type { Outcome } from "./destination";
import { outcomeOfError, outcomeOfGate } from "./httpOutcome";
import { SecretFileError, type SecretFiles } from "./secretFiles";

const compress = promisify(gzip);
/** Audit records shrink to about a tenth at any level; the higher ones cost several times the CPU. */
const GZIP_LEVEL = 2;

/** What the settings of every destination over HTTP say of its connections. */
export interface HttpClientSettings {
  /** File with PEM certificates of authorities to trust besides the system's. */
  ca?: string;
  /** Files of the certificate with which the forwarder says who it is. */
  clientCertificate?: ClientCertificateFiles;
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

/** What is known of both ends when a connection is made. */
interface Identity {
  /** PEM certificates to trust besides the system's. */
  authority?: string;
  own?: ClientCertificate;
}

/** Requests to one destination: its own authorities and client certificate, compression, timeouts, whole answers. */
export class HttpClient {
  #agent?: { identity: Identity; agent: Agent };

  /**
   * @param connections how many requests may be under way at once
   * @param answerBytes how much of an answer is read; more closes the connection
   */
  constructor(
    private readonly settings: HttpClientSettings,
    private readonly connections: number,
    private readonly secrets: SecretFiles,
    private readonly answerBytes: number,
  ) {}

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

  async close(): Promise<void> {
    await this.#agent?.agent.destroy();
  }

  /**
   * The connections; new ones once a file of either end's certificates has changed. Requests under way end on theirs.
   */
  #connect(): Agent {
    const identity = this.#identity();
    if (this.#agent && isDeepStrictEqual(this.#agent.identity, identity)) return this.#agent.agent;
    const { authority, own } = identity;
    const { clientCertificate: files } = this.settings;
    if (own && files) checkClientCertificate(own, files);
    void this.#agent?.agent.close();
    const agent = new Agent({
      connections: this.connections,
      connect: createConnector({
        ...own,
        ...(authority !== undefined && { ca: [...rootCertificates, authority] }),
      }),
    });
    this.#agent = { identity, agent };
    return agent;
  }

  #identity(): Identity {
    const { ca, clientCertificate: files } = this.settings;
    return {
      authority: ca === undefined ? undefined : this.secrets.read(ca),
      own: files && readClientCertificate(files, this.secrets),
    };
  }

  async #read({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<HttpAnswer> {
    const chunks: Buffer[] = [];
    let read = 0;
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        chunks.push(chunk);
        read += chunk.length;
        if (read > this.answerBytes) break;
      }
    } catch (error) {
      if (statusCode >= 200 && statusCode < 300) throw error;
    }
    const answer = Buffer.concat(chunks).subarray(0, this.answerBytes);
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
