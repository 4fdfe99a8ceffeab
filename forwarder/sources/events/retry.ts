import type { Logger } from "pino";
import type { MonotonicClock } from "./clock";
import { Problem, type Retry } from "./problem";

/** First and longest pause between two attempts. Milliseconds. */
const PAUSES: Record<Exclude<Retry, "never">, { first: number; longest: number }> = {
  soon: { first: 250, longest: 15_000 },
  later: { first: 5_000, longest: 60_000 },
};

/** What keeps the source from reading, for readiness and the status page. */
export interface Obstacle {
  kind: string;
  message: string;
  remedy: string;
  /** Failed attempts in a row. */
  attempts: number;
}

/** Pauses after failed attempts, longer each time, and says once what is wrong and once that it is over. */
export class Retries {
  obstacle: Obstacle | undefined;

  constructor(
    private readonly options: {
      clock: MonotonicClock;
      logger: Logger;
      /** 0 to 1, for jitter. */
      random: () => number;
      onFailure: (kind: string) => void;
    },
  ) {}

  /** Repeats `work` until it succeeds. Throws what is no Problem, or a Problem that no attempt can mend. */
  async until<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (;;) {
      try {
        const result = await work();
        this.succeeded();
        return result;
      } catch (error) {
        await this.failed(error, signal);
      }
    }
  }

  succeeded(): void {
    if (!this.obstacle) return;
    this.options.logger.info(
      { was: this.obstacle.kind, attempts: this.obstacle.attempts },
      "reading works again",
    );
    this.obstacle = undefined;
  }

  /** Notes a failure and pauses. Throws what cannot be tried again. */
  async failed(error: unknown, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!(error instanceof Problem)) throw error;
    const { kind, message, details } = error;
    const { remedy, retry } = details;
    this.options.onFailure(kind);
    // What a person has to mend is said again when it is another thing; what passes by itself is said once.
    const same = this.obstacle?.kind === kind && (retry === "soon" || this.obstacle.message === message);
    const attempts = (this.obstacle?.attempts ?? 0) + 1;
    this.obstacle = { kind, message, remedy, attempts };
    if (!same || retry === "never")
      this.options.logger[retry === "soon" ? "warn" : "error"](
        { kind, status: details.status, remedy },
        message,
      );
    if (retry === "never") throw error;
    const { first, longest } = PAUSES[retry];
    const pause = Math.min(longest, first * 2 ** Math.min(attempts - 1, 20));
    const jittered = pause * (0.75 + this.options.random() / 2);
    await this.options.clock.sleep(Math.max(jittered, details.retryAfterMillis ?? 0), signal);
  }
}
