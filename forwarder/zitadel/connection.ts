import { readFileSync } from "node:fs";
import { rootCertificates } from "node:tls";
import { Agent, type Dispatcher } from "undici";
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
  private connections: { authority: string | undefined; agent: Agent } | undefined;
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
    const agent = this.connect();
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
      return { status: statusCode, headers, text: await textOf(body) };
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
    await this.connections?.agent.destroy();
  }

  /** The connections; new ones once the authority's file has changed. Throws a ZitadelError when it cannot be read. */
  private connect(): Agent {
    const authority = this.authority();
    if (this.connections && this.connections.authority === authority) return this.connections.agent;
    void this.connections?.agent.close();
    const agent = new Agent({
      connections: 2,
      pipelining: 1,
      keepAliveTimeout: 30_000,
      // Node takes `ca` instead of the system's authorities, so these go along.
      connect: {
        timeout: 10_000,
        ...(authority === undefined ? {} : { ca: [...rootCertificates, authority] }),
      },
    });
    this.connections = { authority, agent };
    return agent;
  }

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

async function textOf(body: Dispatcher.ResponseData["body"]): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) {
      body.destroy();
      throw new ZitadelError("garbage", `an answer of more than ${MAX_ANSWER_BYTES} bytes`, {
        remedy: "check that zitadel.issuer and zitadel.address are ZITADEL's",
        retry: "later",
      });
    }
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]!.toString("utf8") : Buffer.concat(chunks, bytes).toString("utf8");
}

/** Codes of Node's TLS errors that mean that the peer is not whom we trust. */
const untrusted = /^(CERT_|ERR_TLS_CERT_|UNABLE_TO_(VERIFY|GET)|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_)/;

function noConnection(origin: string, error: unknown): ZitadelError {
  const code = String((error as { code?: unknown }).code ?? (error as Error).name);
  if (untrusted.test(code))
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
