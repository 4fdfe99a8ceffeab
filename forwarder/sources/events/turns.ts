/**
 * One reader at ZITADEL at a time: every read, however old its window, takes ZITADEL's exclusive lock and makes
 * its writers wait. The source's reads go before the reads of ranges.
 */
export class Turns {
  private taken = false;
  private readonly waiting: { urgent: boolean; start: () => void }[] = [];

  /** Runs `work` when it is its turn. */
  async run<T>(urgent: boolean, work: () => Promise<T>): Promise<T> {
    if (this.taken) await new Promise<void>((start) => this.waiting.push({ urgent, start }));
    this.taken = true;
    try {
      return await work();
    } finally {
      const next = this.waiting.findIndex((waiter) => waiter.urgent);
      const [waiter] = this.waiting.splice(Math.max(next, 0), 1);
      if (waiter) waiter.start();
      else this.taken = false;
    }
  }
}
