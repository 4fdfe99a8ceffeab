import { readFileSync } from "node:fs";
import { readBody } from "../http/body";
import { RenewedAgent } from "../http/renewedAgent";
import { errorCode, isUntrusted } from "../tls/errors";
import type { MonotonicClock, ZitadelClock } from "./clock";
import { type Answer, ZitadelError } from "./zitadelError";

/** A longer answer is not ZITADEL's: a page of 1000 events takes about half a megabyte. Bytes. */
const MAX_ANSWER_BYTES = 256 << 20;

export interface ConnectionOptions {
  /** ZITADEL's external address. */
  issuer: string;
  /** Where to connect instead. */
  address?: string;
  /** File with PEM authorities to trust besides the system's; it is read again at each request. */
  authorityFile?: string;
  clock: MonotonicClock;
  zitadelClock: ZitadelClock;
  /** Called when ZITADEL's clock went back, with the earliest time (microseconds) that it can have shown since. */
  clockWentBack?: (toMicros: number) => void;
}

export interface Request {
  method: "GET" | "POST";
  path: string;
  headers?: Record<string, string>;
  body?: string;
  /** Milliseconds until the answer must be there, whole. */
  timeoutMillis: number;
  signal: AbortSignal;
}

/** HTTP to one ZITADEL instance: a kept-alive connection, the right host, a deadline, ZITADEL's time. */
export class Connection {
  private readonly agent = new RenewedAgent({
    connections: 2,
    pipelining: 1,
    keepAliveTimeout: 30_000,
    authority: "besides the system's",
  });
  private readonly origin: string;
  /** The host that the instance is addressed by. */
  readonly host: string;
  private readonly headers: Record<string, string>;

  constructor(private readonly options: ConnectionOptions) {
    const issuer = new URL(options.issuer);
    const target = new URL(options.address ?? options.issuer);
    this.origin = target.origin;
    this.host = issuer.host;
    // ZITADEL finds the instance by host name. With its port, since the issuer is derived from it too.
    this.headers = target.host === issuer.host ? {} : { "x-zitadel-instance-host": issuer.host };
  }

  /** The answer, whatever its status. Throws a ZitadelError when there is none, the signal's reason when aborted. */
  async send(request: Request): Promise<Answer> {
    request.signal.throwIfAborted();
    const agent = this.agent.of({ authority: this.authority() });
    const deadline = AbortSignal.timeout(request.timeoutMillis);
    const sentAt = this.options.clock.now();
    try {
      const { statusCode, headers, body } = await agent.request({
        origin: this.origin,
        path: request.path,
        method: request.method,
        headers: { ...this.headers, accept: "application/json", ...request.headers },
        body: request.body,
        signal: AbortSignal.any([request.signal, deadline]),
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      const back = this.options.zitadelClock.observe(single(headers.date), sentAt);
      if (back !== undefined) this.options.clockWentBack?.(back);
      const text = await readBody(body as AsyncIterable<Buffer>, MAX_ANSWER_BYTES, tooLong);
      return { status: statusCode, headers, text: text.toString("utf8") };
    } catch (error) {
      request.signal.throwIfAborted();
      if (error instanceof ZitadelError) throw error;
      if (deadline.aborted)
        throw new ZitadelError("slow", `${this.origin} did not answer within ${request.timeoutMillis} ms`, {
          remedy: "wait: a narrower window is read next; look at ZITADEL's database if it lasts",
          retry: "soon",
        });
      throw noConnection(this.origin, error);
    }
  }

  async close(): Promise<void> {
    await this.agent.close();
  }

  /** What is trusted besides the system's authorities. Throws a ZitadelError when its file cannot be read. */
  private authority(): string | undefined {
    const { authorityFile } = this.options;
    if (authorityFile === undefined) return undefined;
    try {
      return readFileSync(authorityFile, "utf8");
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new ZitadelError(
        "authority unreadable",
        `the file that zitadel.ca names cannot be read (${code})`,
        {
          remedy: "check the Secret that is mounted as the secrets folder",
          retry: "later",
        },
      );
    }
  }
}

const tooLong = () =>
  new ZitadelError("garbage", `an answer of more than ${MAX_ANSWER_BYTES} bytes`, {
    remedy: "check that zitadel.issuer and zitadel.address are ZITADEL's",
    retry: "later",
  });

function noConnection(origin: string, error: unknown): ZitadelError {
  const code = errorCode(error);
  if (isUntrusted(code))
    return new ZitadelError("not trusted", `the certificate of ${origin} is not trusted (${code})`, {
      remedy: "give zitadel.ca the authority that signed it",
      retry: "later",
    });
  return new ZitadelError("unreachable", `${origin} cannot be reached (${code})`, {
    remedy: "check that ZITADEL runs there and that no network policy forbids it",
    retry: "soon",
  });
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : value?.[0];
}
