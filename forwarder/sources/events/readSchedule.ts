import type { MonotonicClock } from "../../zitadel/clock";
import type { EdgeName, Situation, Step } from "./edges";
import { nextWidth } from "./window";
import type { WindowRead } from "./windowReader";

/** Pauses between two looks at the tail: when events come, and when none have come for a while. Milliseconds. */
const BUSY = 1_000;
const IDLE = 5_000;
const SLOWER = 1.5;

/** Widths to begin with, microseconds: what makes a good page is found within a few reads. */
const FIRST_WIDTH = 60_000_000;

/** When the next read may be, and how wide its window. */
export class ReadSchedule {
  private readonly widths: Record<EdgeName, number> = {
    tail: FIRST_WIDTH,
    settled: FIRST_WIDTH,
    swept: FIRST_WIDTH,
  };
  private pause = BUSY;
  private tailDueAt = Number.NEGATIVE_INFINITY;
  private budgetAt = Number.NEGATIVE_INFINITY;

  /** @param readShare the share of time that catching up and sweeping may keep a read running */
  constructor(
    private readonly clock: MonotonicClock,
    private readonly readShare: number,
  ) {}

  due(): Pick<Situation, "tailDueAt" | "budgetAt" | "widths"> {
    return { tailDueAt: this.tailDueAt, budgetAt: this.budgetAt, widths: this.widths };
  }

  /** Learns from a read. */
  observe(step: Extract<Step, { read: EdgeName }>, read: WindowRead, limit: number): void {
    const now = this.clock.now();
    const { span, events, poison, millis } = read;
    const size = events.length + poison.length;
    if (step.live) {
      this.pause = size > 0 ? BUSY : Math.min(IDLE, this.pause * SLOWER);
      const whole = span.toMicros === step.span.toMicros;
      this.tailDueAt = whole ? now - millis + this.pause : now;
      return;
    }
    this.budgetAt = now + millis * (1 / this.readShare - 1);
    this.widths[step.read] = nextWidth(span.toMicros - span.fromMicros, size, limit, millis);
  }
}
