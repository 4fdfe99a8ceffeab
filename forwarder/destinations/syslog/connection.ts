import { connect as connectTcp, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";

/** Where a connection leads and how long it may take. */
export interface Target {
  host: string;
  port: number;
  /** Absent for TCP without encryption. */
  tls?: Pick<ConnectionOptions, "ca" | "cert" | "key" | "servername">;
  /** How long connecting, a write without progress and the end may take. Milliseconds. */
  timeoutMillis: number;
}

/** What went wrong with a connection: `code` is that of Node, or one of ours. */
export class ConnectionError extends Error {
  override name = "ConnectionError";
  constructor(readonly code: string) {
    super(code);
  }
}

/** A peer that ends its side in this share of the time for it had read everything, or nearly so, before. */
const PROMPT_SHARE = 1 / 8;

/** Our own codes of what went wrong. */
export const connectionErrors = {
  /** The peer did not connect, take bytes or end in time. */
  slow: "TIMEOUT",
  /** We ended our side, and the peer did not end its own in time. */
  notEnded: "NOT_ENDED",
  /** The peer ended a connection that we had not. */
  ended: "ENDED",
  /** It was given up by us. */
  given: "GIVEN_UP",
} as const;

/**
 * A connection that only we write on, and what becomes of all that was written:
 *
 * - *open*: it takes writes.
 * - *resting*: nothing more comes; it must live on for a while.
 * - *ending*: we have ended our side. A peer ends its own when it has read to the end.
 * - *over*: `arrival` says whether it came to that. A connection that ends in any other way may have taken
 *   with it whatever was on it.
 */
export class Connection {
  readonly arrival: Promise<boolean>;
  /** What went wrong; absent while nothing has. */
  failure?: ConnectionError;
  /** Whether the peer, once we had ended our side, ended its own with time to spare. */
  prompt = false;
  #writing = 0;
  #restMillis?: number;
  #timer?: NodeJS.Timeout;
  #ended = false;

  private constructor(
    private readonly socket: Socket,
    private readonly timeoutMillis: number,
    signal: AbortSignal,
  ) {
    const giveUp = () => this.giveUp();
    let peerEnded = false;
    this.arrival = new Promise((resolve) => {
      socket.once("close", () => {
        clearTimeout(this.#timer);
        signal.removeEventListener("abort", giveUp);
        if (!(this.#ended && peerEnded)) this.failure ??= new ConnectionError(connectionErrors.ended);
        resolve(this.failure === undefined);
      });
    });
    socket.on("error", (error) => {
      this.failure ??= new ConnectionError(codeOf(error));
    });
    socket.once("end", () => {
      peerEnded = true;
      if (!this.#ended) this.failure ??= new ConnectionError(connectionErrors.ended);
    });
    // Nothing is expected, but without reading its end would not be seen.
    socket.resume();
    signal.addEventListener("abort", giveUp, { once: true });
    if (signal.aborted) giveUp();
  }

  /** Connects; rejects with a ConnectionError. */
  static async open({ host, port, tls, timeoutMillis }: Target, signal: AbortSignal): Promise<Connection> {
    const socket = connect(host, port, tls);
    socket.setKeepAlive(true, 10_000);
    const connection = new Connection(socket, timeoutMillis, signal);
    connection.#startTimer(timeoutMillis, () => connection.#fail(connectionErrors.slow));
    const connected = new Promise<boolean>((resolve) =>
      socket.once(tls ? "secureConnect" : "connect", () => resolve(true)),
    );
    await Promise.race([connected, connection.arrival]);
    if (connection.failure) throw connection.failure;
    clearTimeout(connection.#timer);
    return connection;
  }

  /**
   * Resolves when the bytes have left this process, however long that takes while some of all that is being written
   * leaves. Rejects with a ConnectionError.
   */
  async write(parts: readonly Buffer[]): Promise<void> {
    if (this.#writing === 0) this.#expectProgress();
    this.#writing += 1;
    try {
      for (const part of parts) await this.#write(part);
    } finally {
      this.#writing -= 1;
      this.#rest();
    }
  }

  /** Takes nothing more, and ends once it has lived on for so long after the last write. */
  retire(restMillis: number): void {
    this.#restMillis = restMillis;
    this.#rest();
  }

  giveUp(): void {
    this.#fail(connectionErrors.given);
  }

  #write(part: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.write(part, (error) => {
        if (error) return reject(this.failure ?? new ConnectionError(codeOf(error)));
        this.#expectProgress();
        resolve();
      });
    });
  }

  #expectProgress(): void {
    this.#startTimer(this.timeoutMillis, () => this.#fail(connectionErrors.slow));
  }

  #rest(): void {
    if (this.#writing > 0 || this.#ended) return;
    clearTimeout(this.#timer);
    if (this.#restMillis !== undefined && !this.failure)
      this.#startTimer(this.#restMillis, () => this.#end());
  }

  #end(): void {
    this.#ended = true;
    this.prompt = true;
    this.socket.end();
    const promptMillis = this.timeoutMillis * PROMPT_SHARE;
    this.#startTimer(promptMillis, () => {
      this.prompt = false;
      this.#startTimer(this.timeoutMillis - promptMillis, () => this.#fail(connectionErrors.notEnded));
    });
  }

  #startTimer(millis: number, then: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, millis);
  }

  #fail(code: string): void {
    if (this.socket.destroyed) return;
    this.failure ??= new ConnectionError(code);
    this.socket.destroy();
  }
}

/** Throws a ConnectionError when certificates or key cannot be used. */
function connect(host: string, port: number, tls: Target["tls"]): Socket {
  try {
    return tls ? connectTls({ host, port, ...tls }) : connectTcp({ host, port });
  } catch (error) {
    throw new ConnectionError(codeOf(error as Error));
  }
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
