import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import { type Refusal, statusOf } from "./answer";
import { Connections } from "./connections";

/** A login's record takes 2 kB; what ZITADEL itself posts to a target, some more. Bytes. */
const MAX_BODY_BYTES = 16 << 10;
const MAX_HEADER_BYTES = 8 << 10;
/** A caller's headers must be there within so long, its body too. Milliseconds. */
const HEADERS_MILLIS = 5_000;
const REQUEST_MILLIS = 10_000;
/** How often the two are looked at. Milliseconds. */
const LOOK_MILLIS = 1_000;
/** So long a caller that still sends may read why it was refused before its connection goes. Milliseconds. */
const LINGER_MILLIS = 1_000;
const MOST_CONNECTIONS = 512;
/** When a refused caller may come again. Seconds. */
const RETRY_AFTER_SECONDS = 5;

/** What a call is answered: that it was taken, or why not. */
export type Answer = "accepted" | Refusal;

export interface CallsServerOptions {
  path: string;
  /** Whether it speaks HTTPS; its certificate has to be set then. */
  tls: boolean;
  /** Gets each body with its headers. */
  take: (body: Buffer, headers: IncomingHttpHeaders) => Promise<Answer>;
  /** Turns refusals of which there are too many into a shorter one. */
  limit: (refusal: Refusal) => Refusal;
  /** Hears of what never came to an answer. */
  refused: (refusal: Refusal) => void;
}

/**
 * A server of calls: POST on one path, bodies of at most 16 KiB. Everything that is no call, too large or too slow is
 * refused here.
 */
export class CallsServer {
  readonly server: Server;
  readonly connections: Connections;

  constructor(private readonly options: CallsServerOptions) {
    this.connections = new Connections(MOST_CONNECTIONS, () => options.refused("too many connections"));
    const listener = (request: IncomingMessage, response: ServerResponse) => this.#answer(request, response);
    this.server = options.tls
      ? createTlsServer({ ...limits, handshakeTimeout: HEADERS_MILLIS }, listener)
      : createServer(limits, listener);
    this.server.on("connection", (socket) => this.connections.add(socket));
    this.server.on("clientError", (error, socket) => this.#refuse(error, socket as Socket));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.#answerTo(request).then(
      (answer) => {
        if (answer !== "accepted") this.options.refused(answer);
        send(request, response, answer);
        this.connections.answered(request.socket);
      },
      () => request.socket.destroy(),
    );
  }

  async #answerTo(request: IncomingMessage): Promise<Answer> {
    const { path, limit, take } = this.options;
    if (request.url?.split("?")[0] !== path) return limit("not found");
    if (request.method !== "POST") return limit("not post");
    const body = await readBody(request);
    return body === undefined ? limit("too large") : take(body, request.headers);
  }

  /** Refuses what did not come to a request. */
  #refuse(error: NodeJS.ErrnoException, socket: Socket): void {
    // Whoever did not come to TLS can read no answer.
    const readsAnswer = socket.writable && error.code !== "ECONNRESET" && !isTlsError(error.code);
    if (readsAnswer || isTlsError(error.code)) {
      const refusal = refusalOf(error.code, this.options.limit);
      this.options.refused(refusal);
      if (readsAnswer) {
        cutOff(socket, refusal);
        return;
      }
    }
    socket.destroy();
  }
}

const limits = {
  maxHeaderSize: MAX_HEADER_BYTES,
  headersTimeout: HEADERS_MILLIS,
  requestTimeout: REQUEST_MILLIS,
  connectionsCheckingInterval: LOOK_MILLIS,
};

const isTlsError = (code: string | undefined) => code !== undefined && /^ERR_(SSL|TLS)_/.test(code);

/** What TLS or the parser of HTTP has against a request. */
function refusalOf(code: string | undefined, limit: (refusal: Refusal) => Refusal): Refusal {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT" || code === "ERR_TLS_HANDSHAKE_TIMEOUT") return "too slow";
  return limit(code === "HPE_HEADER_OVERFLOW" ? "headers too large" : "malformed");
}

/** A request's body; undefined as soon as it is too large, and then nothing more is read. Rejects when it breaks off. */
function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const tooLarge = () => {
      request.pause();
      resolve(undefined);
    };
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) tooLarge();
      else chunks.push(chunk);
    });
    request.on("end", () => resolve(Buffer.concat(chunks, bytes)));
    request.on("close", () => reject(new Error("The request broke off")));
    request.on("error", reject);
    if (Number(request.headers["content-length"] ?? 0) > MAX_BODY_BYTES) tooLarge();
  });
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const status = answer === "accepted" ? 204 : statusOf[answer];
  if (answer !== "accepted" && !request.complete) {
    cutOff(request.socket, answer);
    return;
  }
  const text = answer === "accepted" ? "" : `${answer}\n`;
  response
    .writeHead(status, {
      ...(answer === "accepted" ? {} : { "content-type": "text/plain", "content-length": text.length }),
      ...(status === 429 || status === 503 ? { "retry-after": String(RETRY_AFTER_SECONDS) } : {}),
      ...(status === 405 ? { allow: "POST" } : {}),
      // A kept connection would lead to this pod after it has left the Service, and a call that is under way on it
      // while it is closed is lost: ZITADEL does not repeat it.
      connection: "close",
    })
    .end(text);
}

/** Answers a caller that is still sending, reads no more of it, and closes. */
function cutOff(socket: Socket, refusal: Refusal): void {
  socket.end(`HTTP/1.1 ${statusOf[refusal]} ${refusal}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  // Closed at once, with bytes of the caller unread, the connection is reset before the caller reads the answer.
  setTimeout(() => socket.destroy(), LINGER_MILLIS).unref();
}
