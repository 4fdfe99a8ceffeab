import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { Random } from "../../completeness/random";

/** How long a connection hangs before it breaks. Milliseconds. */
const HANG_MILLIS = 3000;

/** Stands between a client and a server and breaks connections: at once, or after it passed nothing on for a while. */
export class BrokenWire {
  port = 0;
  readonly faults = { reset: 0, hang: 0, unreachable: 0 };
  #chunks = 0;
  readonly #sockets = new Set<Socket>();
  #server!: Server;

  private constructor(
    private readonly target: number,
    private readonly random: Random,
    /** The chance that something breaks with a chunk of bytes. */
    private readonly chance: number,
  ) {}

  static async start(target: number, random: Random, chance: number): Promise<BrokenWire> {
    const wire = new BrokenWire(target, random, chance);
    wire.#server = createServer({ allowHalfOpen: true }, (socket) => wire.#pass(socket));
    await new Promise<void>((resolve) => wire.#server.listen(0, "127.0.0.1", resolve));
    wire.port = (wire.#server.address() as AddressInfo).port;
    return wire;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** At random, and with the tenth and the twentieth chunk for certain, where anything ever breaks. */
  #breaks(): boolean {
    this.#chunks += 1;
    return this.random.chance(this.chance) || (this.chance > 0 && [10, 20].includes(this.#chunks));
  }

  #pass(client: Socket): void {
    const server = connect({ port: this.target, host: "127.0.0.1", allowHalfOpen: true });
    const both = [client, server];
    const destroy = () => {
      for (const socket of both) socket.resetAndDestroy();
    };
    for (const socket of both) {
      this.#sockets.add(socket);
      socket.on("error", destroy);
      socket.on("close", () => this.#sockets.delete(socket));
    }
    server.once("error", () => {
      this.faults.unreachable += 1;
    });
    let hangs = false;
    client.on("data", (chunk: Buffer) => {
      if (hangs) return;
      if (this.#breaks()) {
        const fault = this.faults.hang < this.faults.reset ? "hang" : "reset";
        this.faults[fault] += 1;
        hangs = fault === "hang";
        if (hangs) setTimeout(destroy, HANG_MILLIS);
        else destroy();
      } else if (!server.write(chunk)) {
        client.pause();
        server.once("drain", () => client.resume());
      }
    });
    client.on("end", () => {
      if (!hangs) server.end();
    });
    server.pipe(client);
  }
}
