import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { FrameReader, type Message, parseMessage } from "./parse";

/** A receiver of syslog that does what a test asks of it. */
export class SyslogReceiver {
  url = "";
  readonly messages: Message[] = [];
  /** Connections that were made. */
  connections = 0;
  /** Connections of which the end was read, with or without a message on them. */
  ended = 0;
  readonly open = new Set<Socket>();
  /** Whether it ends a connection whose end it has read. */
  ends = true;
  /** Whether it reads; otherwise it does so when `read` is called. */
  reads = true;
  /** Whether it breaks a connection on which a message comes. */
  breaks = false;
  #server!: Server;
  /** Connections below TLS, also those that were refused. */
  readonly #raw = new Set<Socket>();

  static async start(tls?: TlsOptions): Promise<SyslogReceiver> {
    const receiver = new SyslogReceiver();
    const take = (socket: Socket) => receiver.#take(socket);
    receiver.#server = tls
      ? createTlsServer({ ...tls, allowHalfOpen: true }, take)
      : createTcpServer({ allowHalfOpen: true }, take);
    receiver.#server.on("connection", (socket: Socket) => {
      receiver.#raw.add(socket);
      socket.on("close", () => receiver.#raw.delete(socket));
    });
    await new Promise<void>((resolve) => receiver.#server.listen(0, "127.0.0.1", resolve));
    const { port } = receiver.#server.address() as AddressInfo;
    receiver.url = `${tls ? "tls" : "tcp"}://127.0.0.1:${port}`;
    return receiver;
  }

  get ids(): string[] {
    return this.messages.map(({ element }) => element.parameters.id!);
  }

  /** Reads so many bytes at most, of all connections alike, and the ends of those that have nothing else left. */
  read(most: number): void {
    const share = Math.ceil(most / this.open.size);
    for (const socket of this.open) {
      const there = socket.readableLength;
      socket.read(there === 0 ? undefined : Math.min(share, there));
    }
  }

  /** From now on it reads. */
  readOn(): void {
    this.reads = true;
    for (const socket of this.open) socket.resume();
  }

  /** Breaks every connection. */
  reset(): void {
    for (const socket of this.open) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#raw) socket.destroy();
    await closed;
  }

  #take(socket: Socket): void {
    this.connections += 1;
    this.open.add(socket);
    const frames = new FrameReader();
    if (!this.reads) socket.pause();
    socket.on("data", (chunk) => {
      if (this.breaks) socket.resetAndDestroy();
      else this.messages.push(...frames.read(chunk).map(parseMessage));
    });
    socket.on("end", () => {
      this.ended += 1;
      if (this.ends) socket.end();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => this.open.delete(socket));
  }
}
