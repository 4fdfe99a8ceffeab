import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { answering, endServer } from "../../local/answering";
import type { Random } from "../completeness/random";

/** What the proxy does instead of passing a request and its answer on. */
export const faultKinds = ["reset", "resetAfter", "hang", "busy", "error", "partial"] as const;
export type FaultKind = (typeof faultKinds)[number];

/** An answer of the proxy's own. */
export interface Answer {
  status: number;
  type: string;
  body: string | Buffer;
}

/**
 * Stands between a destination and its server and fails at random: breaks the connection before the server has the
 * request or after it, never answers, says 429 with Retry-After or a 5xx, or refuses a part of the batch.
 */
export class FaultyProxy {
  url = "";
  readonly faults: Record<FaultKind, number> = {
    reset: 0,
    resetAfter: 0,
    hang: 0,
    busy: 0,
    error: 0,
    partial: 0,
  };
  /** Requests that found no server. */
  unreachable = 0;
  #server!: Server;

  private constructor(
    private readonly target: number,
    private readonly random: Random,
    private readonly chance: number,
    /** What is answered for a part of the batch that is refused, and whether a request is a batch at all. */
    private readonly partial: (path: string, request: Buffer) => Answer | undefined,
  ) {}

  static async start(
    target: number,
    random: Random,
    chance: number,
    partial: (path: string, request: Buffer) => Answer | undefined,
  ): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target, random, chance, partial);
    proxy.#server = createServer(answering((incoming, response) => proxy.#handle(incoming, response)));
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    proxy.url = `http://127.0.0.1:${(proxy.#server.address() as AddressInfo).port}`;
    return proxy;
  }

  async close(): Promise<void> {
    await endServer(this.#server);
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    try {
      for await (const part of incoming) parts.push(part as Buffer);
    } catch {
      return;
    }
    const partial = this.partial(incoming.url!, Buffer.concat(parts));
    const kinds = partial ? faultKinds : faultKinds.filter((kind) => kind !== "partial");
    const fault = this.random.chance(this.chance) ? this.random.pick(kinds) : undefined;
    if (fault) this.faults[fault] += 1;
    if (fault === "hang") return;
    if (fault === "reset") incoming.socket.destroy();
    else if (fault === "busy")
      response.writeHead(this.random.pick([429, 503]), { "retry-after": "1" }).end("busy");
    else if (fault === "error") response.writeHead(this.random.pick([500, 502, 504])).end("upstream trouble");
    else if (fault === "partial") answer(response, partial!);
    else this.#pass(incoming, Buffer.concat(parts), response, fault === "resetAfter");
  }

  #pass(incoming: IncomingMessage, body: Buffer, response: ServerResponse, breakOff: boolean): void {
    const { method, url: path, headers } = incoming;
    const outgoing = request({ port: this.target, host: "127.0.0.1", method, path, headers }, (answered) => {
      const parts: Buffer[] = [];
      answered.on("data", (part: Buffer) => parts.push(part));
      answered.on("error", () => incoming.socket.destroy());
      answered.on("end", () => {
        if (breakOff) incoming.socket.destroy();
        else response.writeHead(answered.statusCode!, answered.headers).end(Buffer.concat(parts));
      });
    });
    outgoing.on("error", () => {
      this.unreachable += 1;
      incoming.socket.destroy();
    });
    outgoing.end(body);
  }
}

function answer(response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, { "content-type": type }).end(body);
}
