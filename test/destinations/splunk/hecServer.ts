import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { answering, endServer } from "../../../local/answering";

/** An event of a request, with the id that the forwarder puts into its fields. */
export interface HecEvent {
  time: number;
  host?: string;
  source: string;
  sourcetype: string;
  index?: string;
  event: unknown;
  fields: { id: string };
}

interface Reply {
  text: string;
  code: number;
  ackId?: number;
  "invalid-event-number"?: number;
}

/**
 * An HTTP Event Collector with what the OpenTelemetry Collector's cannot do: it takes events first and indexes them
 * later, and what it has not indexed is gone when it restarts. What both can do is compared in a test of its own.
 */
export class HecServer {
  token = "hec-token";
  url = "";
  /** Ids of the events that were indexed, how often each. */
  readonly indexed = new Map<string, number>();
  readonly events: HecEvent[] = [];
  requests = 0;
  polls = 0;
  /** Ids that were received and lost with a restart. */
  forgotten = 0;
  readonly channels = new Set<string>();
  readonly cookies: (string | undefined)[] = [];
  readonly bodies: string[] = [];
  acknowledges = true;
  /** While false events are taken and not indexed. */
  indexes = true;
  setCookie?: string;
  /** The one event of a request that is refused as invalid. */
  poison: (event: HecEvent) => boolean = () => false;
  /** What is answered instead of anything else. */
  instead?: { status: number; headers?: Record<string, string>; reply: Reply };
  #server!: Server;
  /** Events received and not yet indexed, by channel and id of acknowledgement. */
  #received: { channel: string; ackId: number; ids: string[] }[] = [];
  /** Acknowledgements that are there to be told, once. */
  readonly #told = new Set<string>();
  readonly #nextIds = new Map<string, number>();

  static async start(host = "127.0.0.1"): Promise<HecServer> {
    const hec = new HecServer();
    hec.#server = createServer(
      answering(async (request, response) => {
        const text = await read(request);
        const { status, headers, reply } = hec.#answer(request, text);
        response.writeHead(status, { "content-type": "application/json", ...headers });
        response.end(JSON.stringify(reply));
      }),
    );
    await new Promise<void>((resolve) => hec.#server.listen(0, host, resolve));
    hec.url = `http://${host}:${(hec.#server.address() as AddressInfo).port}`;
    return hec;
  }

  async close(): Promise<void> {
    await endServer(this.#server);
  }

  /** Indexes what was received. */
  index(): void {
    for (const { channel, ackId, ids } of this.#received.splice(0)) {
      for (const id of ids) this.indexed.set(id, (this.indexed.get(id) ?? 0) + 1);
      this.#told.add(`${channel} ${ackId}`);
    }
  }

  /** Loses what was received and not indexed, and every acknowledgement; ids begin anew. */
  restart(): void {
    this.forgotten += this.#received.reduce((sum, { ids }) => sum + ids.length, 0);
    this.#received = [];
    this.#told.clear();
    this.#nextIds.clear();
    this.#server.closeAllConnections();
  }

  #answer(
    request: IncomingMessage,
    text: string,
  ): { status: number; headers?: Record<string, string>; reply: unknown } {
    const { pathname } = new URL(request.url!, this.url);
    const channel = request.headers["x-splunk-request-channel"];
    this.cookies.push(request.headers.cookie);
    if (request.headers.authorization !== `Splunk ${this.token}`)
      return refused(403, { text: "Invalid token", code: 4 });
    if (this.instead) return this.instead;
    if (typeof channel === "string") this.channels.add(channel);
    else if (this.acknowledges) return refused(400, { text: "Data channel is missing", code: 10 });
    const headers = this.setCookie === undefined ? undefined : { "set-cookie": this.setCookie };
    if (pathname === "/services/collector/ack")
      return { status: 200, headers, reply: this.#acknowledgements(channel!, text) };
    if (pathname !== "/services/collector/event")
      return refused(404, { text: "The requested URL was not found on this server.", code: 404 });
    this.requests += 1;
    this.bodies.push(text);
    const events = parseEvents(text);
    const invalid = events.findIndex(this.poison);
    if (invalid >= 0)
      return refused(400, { text: "Invalid data format", code: 6, "invalid-event-number": invalid });
    this.events.push(...events);
    const reply: Reply = { text: "Success", code: 0 };
    const ackId = this.#nextIds.get(String(channel)) ?? 0;
    this.#nextIds.set(String(channel), ackId + 1);
    if (this.acknowledges) reply.ackId = ackId;
    this.#received.push({ channel: String(channel), ackId, ids: events.map(({ fields }) => fields.id) });
    if (this.indexes) this.index();
    return { status: 200, headers, reply };
  }

  #acknowledgements(channel: string | string[], text: string): { acks: Record<string, boolean> } {
    this.polls += 1;
    const { acks } = JSON.parse(text) as { acks: number[] };
    return { acks: Object.fromEntries(acks.map((id) => [id, this.#told.delete(`${channel} ${id}`)])) };
  }
}

function refused(status: number, reply: Reply) {
  return { status, reply };
}

function parseEvents(text: string): HecEvent[] {
  return text.split("\n").map((event) => JSON.parse(event) as HecEvent);
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return (request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString();
}
