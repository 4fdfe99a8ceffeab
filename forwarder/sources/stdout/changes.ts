/** Wakes whoever waits for the next change. */
export class Changes {
  #notify: () => void = () => {};
  #next = this.#expected();

  /** Something changed. */
  notify(): void {
    const notify = this.#notify;
    this.#next = this.#expected();
    notify();
  }

  /** The next change after this call. */
  next(): Promise<void> {
    return this.#next;
  }

  /** Resolves with the change, or when the signal is aborted. */
  async until(change: Promise<void>, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    let end = () => {};
    const aborted = new Promise<void>((resolve) => {
      end = resolve;
    });
    signal.addEventListener("abort", end, { once: true });
    await Promise.race([change, aborted]);
    signal.removeEventListener("abort", end);
  }

  #expected(): Promise<void> {
    return new Promise((resolve) => {
      this.#notify = resolve;
    });
  }
}
