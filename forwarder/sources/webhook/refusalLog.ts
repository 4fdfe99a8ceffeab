import type { Logger } from "pino";
import type { Refusal } from "./answer";

/** How often the log says one thing. Milliseconds. */
const PAUSE_MILLIS = 60_000;

/** Says in the log that calls are refused: each reason at most once a minute, with how many there were. */
export class RefusalLog {
  readonly #reasons = new Map<Refusal, { saidAt: number; calls: number }>();

  constructor(private readonly logger: Pick<Logger, "warn">) {}

  note(reason: Refusal, nowMillis: number): void {
    const known = this.#reasons.get(reason) ?? { saidAt: Number.NEGATIVE_INFINITY, calls: 0 };
    known.calls += 1;
    if (nowMillis - known.saidAt >= PAUSE_MILLIS) {
      this.logger.warn({ reason, calls: known.calls }, "webhook calls are refused");
      known.saidAt = nowMillis;
      known.calls = 0;
    }
    this.#reasons.set(reason, known);
  }
}
