import { untilCalled } from "./waiting";

/** A counting semaphore: a fixed number of permits, given out in the order of asking. */
export class Semaphore {
  readonly #queue = new Set<() => void>();

  constructor(private permits: number) {}

  /** Resolves when a permit is ours. Rejects with the signal's reason, then without one. */
  async acquire(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.permits > 0) {
      this.permits -= 1;
      return;
    }
    await untilCalled((grant) => {
      this.#queue.add(grant);
      return () => this.#queue.delete(grant);
    }, signal);
  }

  release(count: number): void {
    for (let i = 0; i < count; i += 1) {
      const [next] = this.#queue;
      if (next) next();
      else this.permits += 1;
    }
  }
}
