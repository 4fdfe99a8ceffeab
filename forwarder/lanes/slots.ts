/** A fixed number of places, given out in the order of asking. */
export class Slots {
  readonly #queue: (() => void)[] = [];

  constructor(private free: number) {}

  /** Resolves when a place is ours. Rejects with the signal's reason, then without one. */
  async take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.free > 0) {
      this.free -= 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const turn = () => {
        signal.removeEventListener("abort", abort);
        resolve();
      };
      const abort = () => {
        this.#queue.splice(this.#queue.indexOf(turn), 1);
        reject(signal.reason);
      };
      this.#queue.push(turn);
      signal.addEventListener("abort", abort, { once: true });
    });
  }

  give(count: number): void {
    for (let i = 0; i < count; i += 1) {
      const next = this.#queue.shift();
      if (next) next();
      else this.free += 1;
    }
  }
}

/** How many batches may be under way at once when all together may hold so many bytes: at least one. */
export function inFlightWithin(
  { inFlight, maxBytes }: { inFlight: number; maxBytes: number },
  bufferedBytes: number,
): number {
  return Math.max(1, Math.min(inFlight, Math.floor(bufferedBytes / maxBytes)));
}
