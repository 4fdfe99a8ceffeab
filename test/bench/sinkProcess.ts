import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo, Server, Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { createServer as createTlsServer } from "node:tls";
import { gunzipSync } from "node:zlib";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { answering } from "../../local/answering";
import { systemClock } from "../../local/zitadel/clock";
import type { Certificate } from "../completeness/certificates";
import { openSearchAnswer } from "../engine/openSearchAnswers";
import { FrameCounter } from "./frameCounter";
import { serve } from "./workerProcess";

/** Takes what any destination sends, as a process: counts the records, and answers each request after a latency. */
let taken: Taken = { records: 0, firstAt: 0, lastAt: 0 };
let acknowledgements = 0;

/** What came since it was last counted afresh; times in microseconds since 1970. */
export interface Taken {
  records: number;
  firstAt: number;
  lastAt: number;
}

interface Answer {
  records: number;
  status?: number;
  body?: string;
}

const calls = {
  /** Takes requests over HTTP; gives its URL. */
  async start({ latency }: { latency: number }): Promise<string> {
    const server = createServer(
      answering(async (request, response) => {
        const { records, status = 200, body } = take(request.method!, request.url!, await read(request));
        count(records);
        await delay(latency);
        const type = request.headers["content-type"] === PROTOBUF ? PROTOBUF : "application/json";
        response.writeHead(status, { "content-type": type }).end(body);
      }),
    );
    return `http://127.0.0.1:${await listen(server)}`;
  },

  /**
   * Takes syslog over TLS; gives its port. There is no answer but that it ends its side of a connection whose end it
   * has read: the latency is the time between the two.
   */
  startSyslog({ latency, cert, key }: Certificate & { latency: number }): Promise<number> {
    const server = createTlsServer({ cert, key, allowHalfOpen: true }, (socket: Socket) => {
      const frames = new FrameCounter();
      socket.on("data", (bytes) => count(frames.take(bytes)));
      socket.on("end", () => setTimeout(() => socket.end(), latency));
      socket.on("error", () => undefined);
    });
    return listen(server);
  },

  countAfresh(_: undefined): void {
    taken = { records: 0, firstAt: 0, lastAt: 0 };
  },

  taken(_: undefined): Taken {
    return taken;
  },
};

function count(records: number): void {
  if (records === 0) return;
  const now = systemClock.now();
  taken = { records: taken.records + records, firstAt: taken.firstAt || now, lastAt: now };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const PROTOBUF = "application/x-protobuf";

function take(method: string, path: string, body: Buffer): Answer {
  if (path.startsWith("/services/collector/ack")) {
    const { acks } = JSON.parse(body.toString()) as { acks: number[] };
    return { records: 0, body: JSON.stringify({ acks: Object.fromEntries(acks.map((id) => [id, true])) }) };
  }
  if (path.startsWith("/services/collector")) {
    const reply = { text: "Success", code: 0, ackId: acknowledgements++ };
    return { records: occurrences(body, '"sourcetype":'), body: JSON.stringify(reply) };
  }
  if (path === "/v1/logs") return { records: logRecords(body) };
  const bulk = openSearchAnswer(method, path, body.toString());
  if (bulk) return { records: occurrences(body, '{"create":'), status: bulk.status, body: bulk.answer };
  return { records: occurrences(body, "\n") };
}

function occurrences(body: Buffer, text: string): number {
  let count = 0;
  for (let at = body.indexOf(text); at >= 0; at = body.indexOf(text, at + text.length)) count += 1;
  return count;
}

/** The LogRecords of an ExportLogsServiceRequest: resource_logs, scope_logs, log_records. */
function logRecords(request: Buffer): number {
  const scopes = within(request, 1).flatMap((resource) => within(resource, 2));
  return scopes.reduce((sum, scope) => sum + within(scope, 2).length, 0);
}

/** The messages in a message's field of that number. */
function within(message: Uint8Array, number: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === number) found.push(reader.bytes());
    else reader.skip(type, field);
  }
  return found;
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
}

export type SinkCalls = typeof calls;
serve(calls);
