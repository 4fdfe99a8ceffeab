import { setTimeout as delay } from "node:timers/promises";
import type { Zitadel } from "../../local/zitadel/server";
import { trafficHistory } from "../../local/zitadel/traffic";

/** What writers did and how long it took them. */
export interface Written {
  events: number;
  pushes: number;
  /** Pushes that waited because a read was waiting. */
  waited: number;
  /** How long they waited in all. Milliseconds. */
  waitedMillis: number;
  /** The sum of all pushes' durations. Milliseconds. */
  pushMillis: number;
}

let seed = 1_000;

/** Writers that push side by side at a steady rate and measure how long each push takes. */
export class SteadyWriters {
  private readonly stopped = new AbortController();
  private readonly written: Written = { events: 0, pushes: 0, waited: 0, waitedMillis: 0, pushMillis: 0 };
  private readonly before: { pushesThatWaited: number; pushMilliseconds: number };
  private readonly running: Promise<unknown>;

  constructor(
    private readonly zitadel: Zitadel,
    eventsPerSecond: number,
    writers: number,
  ) {
    this.before = { ...zitadel.store.waits };
    this.running = Promise.all(Array.from({ length: writers }, () => this.write(eventsPerSecond / writers)));
  }

  async stop(): Promise<Written> {
    this.stopped.abort();
    await this.running;
    const { pushesThatWaited, pushMilliseconds } = this.zitadel.store.waits;
    return {
      ...this.written,
      waited: pushesThatWaited - this.before.pushesThatWaited,
      waitedMillis: pushMilliseconds - this.before.pushMilliseconds,
    };
  }

  private async write(eventsPerSecond: number): Promise<void> {
    const { signal } = this.stopped;
    const pushes = trafficHistory(this.zitadel, seed++, Number.MAX_SAFE_INTEGER, 0, 0);
    // Writers begin at different moments, as people do.
    const startedAt = performance.now() + Math.random() * 100;
    let own = 0;
    for (const { events } of pushes) {
      const due = startedAt + (own * 1000) / eventsPerSecond - performance.now();
      await delay(Math.max(due, 0), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const began = performance.now();
      await this.zitadel.store.push(events);
      this.written.pushMillis += performance.now() - began;
      this.written.pushes += 1;
      this.written.events += events.length;
      own += events.length;
    }
  }
}
