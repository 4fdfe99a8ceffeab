import { performance } from "node:perf_hooks";

/** Time as ZITADEL stamps it: microseconds since 1970-01-01T00:00:00Z, a safe integer until the year 2255. */
export interface Clock {
  now(): number;
}

/** The machine's own clock, to the microsecond and never going back. */
export const systemClock: Clock = {
  now: () => Math.floor((performance.timeOrigin + performance.now()) * 1000),
};

/**
 * A clock that tests bend: it can be ahead or behind, jump, run at another speed, or stand still (speed 0).
 */
export class AdjustableClock implements Clock {
  private shown: number;
  private readAt: number;

  /** @param start microseconds since 1970; default: the source's time @param speed 1 is real time, 0 stands still */
  constructor(
    start?: number,
    private speed = 1,
    private readonly source: Clock = systemClock,
  ) {
    this.readAt = source.now();
    this.shown = start ?? this.readAt;
  }

  now(): number {
    const at = this.source.now();
    this.shown += (at - this.readAt) * this.speed;
    this.readAt = at;
    return Math.floor(this.shown);
  }

  /** Moves the clock by so many microseconds, back if negative. */
  jump(microseconds: number): void {
    this.now();
    this.shown += microseconds;
  }

  /** From now on the clock runs at this speed. */
  run(speed: number): void {
    this.now();
    this.speed = speed;
  }
}
