/** How long the two sides waited for one another, in milliseconds and by number. */
export interface Waits {
  pushesThatWaited: number;
  pushMilliseconds: number;
  readsThatWaited: number;
  readMilliseconds: number;
}

/**
 * The lock of ZITADEL 4.2 and later (pg_advisory_xact_lock_shared around a push; pg_advisory_lock and at once
 * pg_advisory_unlock before a read): a read passes when no push is open, and a push that comes while a read
 * waits queues behind it.
 */
export class PushLock {
  readonly waits: Waits = {
    pushesThatWaited: 0,
    pushMilliseconds: 0,
    readsThatWaited: 0,
    readMilliseconds: 0,
  };
  private open = 0;
  private readonly queue: { read: boolean; proceed: () => void }[] = [];

  async enterPush(): Promise<void> {
    if (this.queue.length === 0) {
      this.open += 1;
      return;
    }
    this.waits.pushesThatWaited += 1;
    this.waits.pushMilliseconds += await this.wait(false);
  }

  leavePush(): void {
    this.open -= 1;
    this.advance();
  }

  async passRead(): Promise<void> {
    if (this.open === 0 && this.queue.length === 0) return;
    this.waits.readsThatWaited += 1;
    this.waits.readMilliseconds += await this.wait(true);
  }

  private wait(read: boolean): Promise<number> {
    const since = performance.now();
    return new Promise((resolve) => {
      this.queue.push({ read, proceed: () => resolve(performance.now() - since) });
    });
  }

  private advance(): void {
    for (let next = this.queue[0]; next; next = this.queue[0]) {
      if (next.read && this.open > 0) return;
      if (!next.read) this.open += 1;
      this.queue.shift();
      next.proceed();
    }
  }
}
