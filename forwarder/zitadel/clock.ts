import { performance } from "node:perf_hooks";
import { sleep } from "../concurrency/waiting";
import { ZitadelError } from "./zitadelError";

/** The forwarder's own sense of time: it measures durations and knows no date. */
export interface MonotonicClock {
  /** Milliseconds since any fixed moment; never goes back. */
  now(): number;
  /** Rejects with the signal's reason when it is aborted. */
  sleep(millis: number, signal: AbortSignal): Promise<void>;
}

export const monotonicClock: MonotonicClock = {
  now: () => performance.now(),
  sleep,
};

/** How far two clocks may drift apart, parts of a whole: ten times what a quartz does. */
const DRIFT = 0.0005;
/** Less than this between two answers is the skew of several ZITADEL nodes, not a jump. Microseconds. */
const JUMP = 2_000_000;

/**
 * ZITADEL's time, from the `Date` header of its answers and the monotonic clock. Our wall clock takes no part:
 * it may be hours off. A `Date` says the second in which the answer was made, somewhere between sending the
 * request and reading the answer; each answer narrows the interval in which the true offset lies.
 * All times are microseconds since 1970.
 */
export class ZitadelClock {
  /** ZITADEL's time minus ours lies between these. */
  private offset: { low: number; high: number; at: number } | undefined;

  constructor(private readonly clock: MonotonicClock) {}

  get known(): boolean {
    return this.offset !== undefined;
  }

  /**
   * Takes in the `Date` header of an answer to a request sent at `sentAt` (our milliseconds), just received.
   * When ZITADEL's clock went back, gives the earliest time that it can have shown since.
   */
  observe(date: string | undefined, sentAt: number): number | undefined {
    const seconds = date === undefined ? Number.NaN : Date.parse(date);
    if (Number.isNaN(seconds)) return undefined;
    const receivedAt = this.clock.now();
    const low = (seconds - receivedAt) * 1000;
    const high = (seconds + 1000 - sentAt) * 1000;
    const seenAt = this.offset?.at ?? receivedAt;
    const before = this.current(receivedAt) ?? { low, high };
    const disagree = low > before.high || high < before.low;
    this.offset = disagree
      ? { low, high, at: receivedAt }
      : { low: Math.max(low, before.low), high: Math.min(high, before.high), at: receivedAt };
    return before.low - high > JUMP ? Math.floor(low + seenAt * 1000) : undefined;
  }

  /** The earliest that ZITADEL's clock can show now. */
  earliest(): number {
    return this.bound("low", Math.floor);
  }

  /** The latest that ZITADEL's clock can show now. */
  latest(): number {
    return this.bound("high", Math.ceil);
  }

  private bound(side: "low" | "high", round: (value: number) => number): number {
    const now = this.clock.now();
    const offset = this.current(now);
    if (!offset)
      throw new ZitadelError("garbage", "ZITADEL's answers have no Date header, which tells its time", {
        remedy: "let the proxy in front of ZITADEL pass the Date header on",
        retry: "later",
      });
    return round(offset[side] + now * 1000);
  }

  private current(now: number): { low: number; high: number } | undefined {
    if (!this.offset) return undefined;
    const drift = (now - this.offset.at) * 1000 * DRIFT;
    return { low: this.offset.low - drift, high: this.offset.high + drift };
  }
}
