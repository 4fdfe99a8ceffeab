import { appendFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { answering, endServer } from "../../local/answering";
import type { Random } from "./random";

/** What the receiver does to a request instead of taking it and saying so. */
export const faultKinds = ["error", "busy", "hang", "close", "closeMidAnswer"] as const;
export type FaultKind = (typeof faultKinds)[number];

/**
 * An HTTP receiver that writes every record it takes to a file, and fails at random. A fault strikes before or
 * after the records were written: the sender cannot know which.
 */
export class FaultyReceiver {
  url = "";
  /** Requests that are being answered. */
  open = 0;
  requests = 0;
  /** Requests that were taken, and answered so. */
  taken = 0;
  /** Ids of the events that were written to the file. */
  readonly arrived = new Set<string>();
  /** Ids of the login records that were. */
  readonly arrivedLogins = new Set<string>();
  /** How often each fault struck. */
  readonly faults: Record<FaultKind, number> = { error: 0, busy: 0, hang: 0, close: 0, closeMidAnswer: 0 };
  /** Faults that struck after the records were written: each may cost a batch of duplicates. */
  struckAfterWriting = 0;
  /** Each time that records were written: when (milliseconds since 1970) and the bytes of the file since then. */
  readonly written: { at: number; bytes: number }[] = [];
  /** While true every request is refused with 503. */
  down = false;
  /** The chance of a fault, 0 to 1. */
  faultChance = 0;
  private server: Server | undefined;
  private readonly holds: (() => void)[] = [];

  private constructor(
    readonly file: string,
    private readonly random: Random,
  ) {}

  static async start(file: string, random: Random): Promise<FaultyReceiver> {
    const receiver = new FaultyReceiver(file, random);
    writeFileSync(file, "");
    receiver.server = createServer(answering((request, response) => receiver.handle(request, response)));
    await new Promise<void>((resolve) => receiver.server!.listen(0, "127.0.0.1", resolve));
    receiver.url = `http://127.0.0.1:${(receiver.server.address() as AddressInfo).port}/records`;
    return receiver;
  }

  /** Leaves one of the next requests without an answer, written or not, and calls back: its batch is in flight. */
  holdOne(callback: () => void): void {
    this.holds.push(callback);
  }

  async close(): Promise<void> {
    await endServer(this.server!);
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.open += 1;
    this.requests += 1;
    response.once("close", () => {
      this.open -= 1;
    });
    const body = await read(request).catch(() => undefined);
    if (body === undefined) return;
    if (this.down) {
      response.writeHead(503).end();
      return;
    }
    const hold = this.holds.shift();
    const fault = this.random.chance(this.faultChance) ? this.random.pick(faultKinds) : undefined;
    const written = (fault === undefined && hold === undefined) || this.random.chance(0.5);
    if (written) this.write(body);
    if (hold) hold();
    else if (fault === undefined) {
      response.writeHead(200).end();
      this.taken += 1;
    } else {
      this.faults[fault] += 1;
      if (written) this.struckAfterWriting += 1;
      this.strike(fault, request, response);
    }
  }

  private write(body: string): void {
    const lines = body.endsWith("\n") || body === "" ? body : `${body}\n`;
    appendFileSync(this.file, lines);
    const bytes = (this.written.at(-1)?.bytes ?? 0) + Buffer.byteLength(lines);
    this.written.push({ at: Date.now(), bytes });
    for (const [, id] of body.matchAll(/^\{"id":"([^"]+)","source":"events"/gm)) this.arrived.add(id!);
    for (const [, id] of body.matchAll(/^\{"id":"(l1-[^"]+)"/gm)) this.arrivedLogins.add(id!);
  }

  private strike(fault: FaultKind, request: IncomingMessage, response: ServerResponse): void {
    switch (fault) {
      case "error":
        response.writeHead(this.random.pick([500, 502, 504])).end("upstream trouble");
        break;
      case "busy":
        response.writeHead(this.random.pick([429, 503]), { "retry-after": "1" }).end();
        break;
      case "hang":
        break; // until the sender gives up
      case "close":
        request.socket.destroy();
        break;
      case "closeMidAnswer":
        response.writeHead(200, { "content-length": "100" });
        response.write("half an ans");
        setImmediate(() => request.socket.destroy());
        break;
    }
  }
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return (request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString("utf8");
}
