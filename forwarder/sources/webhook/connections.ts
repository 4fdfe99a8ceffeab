import type { Socket } from "node:net";

/**
 * The connections that a listener holds, at most so many. At the limit the one that has gone longest without an
 * answer is closed for the new one, so that whoever opens many and says nothing keeps no caller out: a call takes
 * milliseconds, and its connection is among the youngest all that while.
 */
export class Connections {
  /** The one that has gone longest without an answer comes first. */
  readonly #open = new Set<Socket>();

  constructor(
    private readonly most: number,
    private readonly evicted: () => void,
  ) {}

  add(socket: Socket): void {
    this.#open.add(socket);
    socket.once("close", () => this.#open.delete(socket));
    if (this.#open.size <= this.most) return;
    const [oldest] = this.#open;
    this.#open.delete(oldest!);
    oldest!.destroy();
    this.evicted();
  }

  /** A call on this connection was answered. */
  answered(socket: Socket): void {
    if (this.#open.delete(socket)) this.#open.add(socket);
  }

  get size(): number {
    return this.#open.size;
  }
}
