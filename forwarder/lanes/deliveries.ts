/** Deliveries that go on beside the loop that starts them. */
export class Deliveries {
  /** Aborted when the loop is to end: on `stop`, and when a delivery has failed for good. */
  readonly signal: AbortSignal;
  readonly #failed = new AbortController();
  readonly #under = new Set<Promise<void>>();

  constructor(private readonly stop: AbortSignal) {
    this.signal = AbortSignal.any([stop, this.#failed.signal]);
  }

  add(delivery: Promise<void>): void {
    const settled = delivery
      .catch((error) => this.#failed.abort(error))
      .finally(() => this.#under.delete(settled));
    this.#under.add(settled);
  }

  /** Waits for all that are under way; throws the first error, unless it came from stopping. */
  async settled(): Promise<void> {
    await Promise.all(this.#under);
    if (this.#failed.signal.aborted && !this.stop.aborted) throw this.#failed.signal.reason;
  }
}
