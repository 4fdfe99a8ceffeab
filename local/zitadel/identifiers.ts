import type { Clock } from "./clock";

const EPOCH_MILLISECONDS = Date.UTC(2019, 3, 29);
const STEP = 65_536n;
const MACHINE = 36_710n;

/**
 * Gives out identifiers as ZITADEL does (sonyflake): 18 digits, rising with time in units of 10 ms, then a
 * counter. They rise even if the clock goes back, so that none is given twice.
 */
export class Identifiers {
  private last = 0n;

  constructor(private readonly clock: Clock) {}

  next(): string {
    const ticks = BigInt(Math.floor((this.clock.now() / 1000 - EPOCH_MILLISECONDS) / 10));
    const fromTime = ticks > 0n ? (ticks << 24n) + MACHINE : MACHINE;
    this.last = fromTime > this.last ? fromTime : this.last + STEP;
    return String(this.last);
  }
}
