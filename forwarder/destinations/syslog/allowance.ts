/**
 * How many bytes may be on their way: sent, and not known to have been read. Without a bound until the receiver has
 * been found too slow for what was; a bound is halved each time that it is still too much, and doubled when the
 * receiver would have read more. So a slow receiver gets as much as it can read in the time that it has, instead of
 * the same again and again.
 */
export class Allowance {
  #most = Number.POSITIVE_INFINITY;
  #onTheWay = 0;
  readonly #waiting = new Set<() => void>();

  /** Whether so many bytes may be added. What alone is more than the bound may go when nothing else is on its way. */
  has(bytes: number): boolean {
    return this.#onTheWay === 0 || this.#onTheWay + bytes <= this.#most;
  }

  take(bytes: number): void {
    this.#onTheWay += bytes;
  }

  /** So many bytes are not on their way any more, whatever became of them. */
  give(bytes: number): void {
    this.#onTheWay -= bytes;
    for (const look of this.#waiting) look();
    this.#waiting.clear();
  }

  /** Resolves with the next `give`; rejects with the signal's reason. */
  async change(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const abort = () => {
        this.#waiting.delete(look);
        reject(signal.reason);
      };
      const look = () => {
        signal.removeEventListener("abort", abort);
        resolve();
      };
      this.#waiting.add(look);
      signal.addEventListener("abort", abort, { once: true });
    });
  }

  /** What is on its way now was too much. */
  narrow(): void {
    this.#most = Math.min(this.#most, this.#onTheWay) / 2;
  }

  /** What was on its way was read with time to spare. */
  widen(): void {
    this.#most *= 2;
  }
}
