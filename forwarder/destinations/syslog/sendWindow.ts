import { ConditionVariable } from "../../concurrency/waiting";

/**
 * The window of bytes that may be on their way: sent, and not known to have been read. It has no bound until the
 * receiver has been found too slow for what was on its way; a bound is halved each time that it is still too much, and
 * doubled when the receiver would have read more. So a slow receiver gets as much as it can read in the time that it
 * has, instead of the same again and again.
 */
export class SendWindow {
  #bound = Number.POSITIVE_INFINITY;
  #inFlight = 0;
  readonly #released = new ConditionVariable();

  /** Whether so many bytes may be added. What alone is more than the bound may go when nothing else is on its way. */
  admits(bytes: number): boolean {
    return this.#inFlight === 0 || this.#inFlight + bytes <= this.#bound;
  }

  add(bytes: number): void {
    this.#inFlight += bytes;
  }

  /** So many bytes are not on their way any more, whatever became of them. */
  release(bytes: number): void {
    this.#inFlight -= bytes;
    this.#released.notifyAll();
  }

  /** Resolves with the next `release`. Rejects with the signal's reason. */
  change(signal: AbortSignal): Promise<void> {
    return this.#released.wait(signal);
  }

  /** What is on its way now was too much. */
  shrink(): void {
    this.#bound = Math.min(this.#bound, this.#inFlight) / 2;
  }

  /** What was on its way was read with time to spare. */
  grow(): void {
    this.#bound *= 2;
  }
}
