/** A mutex with two priorities: whoever is urgent goes before everyone who is not, else the order is that of asking. */
export class PriorityMutex {
  private locked = false;
  private readonly waiting: { urgent: boolean; start: () => void }[] = [];

  /** Runs `work` alone. */
  async run<T>(urgent: boolean, work: () => Promise<T>): Promise<T> {
    if (this.locked) await new Promise<void>((start) => this.waiting.push({ urgent, start }));
    this.locked = true;
    try {
      return await work();
    } finally {
      const next = this.waiting.findIndex((waiter) => waiter.urgent);
      const [waiter] = this.waiting.splice(Math.max(next, 0), 1);
      if (waiter) waiter.start();
      else this.locked = false;
    }
  }
}
