import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { answering, endServer } from "../../local/answering";

/** What a peer was asked. The body is decompressed. */
export interface Asked {
  method: string;
  /** With the query. */
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface PeerAnswer {
  status: number;
  /** A header that is null is left out, also `date`. */
  headers?: Record<string, string | null>;
  body?: string;
  /** The words after the status. */
  reason?: string;
  /** Sent instead of all that, as it is; then the connection ends. */
  raw?: string;
}

export interface Peer {
  /** With a scheme, host `127.0.0.1` and port. */
  url: string;
  close(): Promise<void>;
}

/** An HTTP server of the test: answers as it is told. With a key and certificate it speaks TLS. */
export async function startPeer(
  answer: (asked: Asked) => PeerAnswer | Promise<PeerAnswer>,
  tls?: { key: string; cert: string },
): Promise<Peer> {
  const listener = answering(async (incoming, response) => {
    const { status, headers = {}, body = "", reason, raw } = await answer(await readAsked(incoming));
    if (raw !== undefined) {
      incoming.socket.end(raw);
      return;
    }
    response.sendDate = headers.date === undefined;
    const given = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== null);
    if (reason === undefined) response.writeHead(status, Object.fromEntries(given));
    else response.writeHead(status, reason, Object.fromEntries(given));
    response.end(body);
  });
  const server: Server = tls ? createTlsServer(tls, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `${tls ? "https" : "http"}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => endServer(server),
  };
}

/** Asks another server the same, as a proxy would, and gives its answer. */
export function passOn({ method, path, headers, body }: Asked, origin: string): Promise<PeerAnswer> {
  const { hostname, port, host } = new URL(origin);
  return new Promise((resolve, reject) => {
    const options = { hostname, port, method, path, headers: { ...headers, host } };
    const outgoing = request({ ...options, agent: false }, (answer) => {
      readAnswer(answer).then(resolve, reject);
    });
    outgoing.once("error", reject).end(body);
  });
}

async function readAnswer(answer: IncomingMessage): Promise<PeerAnswer> {
  const { "transfer-encoding": _, connection: __, ...kept } = answer.headers;
  return {
    status: answer.statusCode!,
    headers: Object.fromEntries(Object.entries(kept).map(([name, value]) => [name, String(value)])),
    body: (await readBody(answer)).toString(),
  };
}

async function readAsked(request: IncomingMessage): Promise<Asked> {
  const bytes = await readBody(request);
  const zipped = request.headers["content-encoding"] === "gzip";
  return {
    method: request.method!,
    path: request.url!,
    headers: request.headers,
    body: (zipped ? gunzipSync(bytes) : bytes).toString(),
  };
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
