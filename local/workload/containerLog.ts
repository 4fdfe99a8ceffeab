import type { ServerResponse } from "node:http";

interface Line {
  /** RFC 3339 with nanoseconds, as `timestamps=true` shows it. */
  at: string;
  text: string;
}

/** A log that has grown to so many bytes is put aside, and what follows begins a new one: kubelet's containerLogMaxSize. */
const LONGEST = 10 << 20;

/** One instance of a container: what the node still has of its log, and who follows it. */
export class ContainerLog {
  /** Set once it has ended. */
  finishedAt: string | undefined;
  #lines: Line[] = [];
  #bytes = 0;
  readonly #followers = new Set<{ take(line: Line): void; end(): void }>();

  constructor(
    readonly id: string,
    readonly startedAt: string,
  ) {}

  write(at: string, text: string): string {
    const line = { at, text };
    if (this.#bytes > LONGEST) this.rotate();
    this.#lines.push(line);
    this.#bytes += Buffer.byteLength(text);
    for (const follower of this.#followers) follower.take(line);
    return at;
  }

  /** Only what is written from now on is served; who follows goes on. */
  rotate(): void {
    this.#lines = [];
    this.#bytes = 0;
  }

  end(at: string): void {
    this.finishedAt = at;
    for (const follower of this.#followers) follower.end();
    this.#followers.clear();
  }

  /** Writes its lines into an answer, with their times, and with `follow` those that come, until it ends. */
  serve(response: ServerResponse, { follow, since }: { follow: boolean; since: string }): void {
    // The node compares whole seconds with the line's time.
    const first = since.replace("Z", ".000000000Z");
    const take = ({ at, text }: Line) => {
      if (at >= first) response.write(`${at} ${text}\n`);
    };
    for (const line of this.#lines) take(line);
    if (!follow || this.finishedAt !== undefined) {
      response.end();
      return;
    }
    const follower = { take, end: () => response.end() };
    this.#followers.add(follower);
    response.on("close", () => this.#followers.delete(follower));
  }
}

/** Nanoseconds since 1970 as a container runtime writes them. */
export function formatNanos(nanos: bigint): string {
  const text = String(nanos);
  return `${new Date(Number(text.slice(0, -6))).toISOString().slice(0, 19)}.${text.slice(-9)}Z`;
}
