import type { Logger } from "pino";
import { type Backoff, exponentialMillis } from "../concurrency/backoff";
import type { Fault } from "../fault";
import type { MonotonicClock } from "./clock";
import { type Retry, ZitadelError } from "./zitadelError";

/** First and longest pause between two attempts. Milliseconds. */
const BACKOFF: Record<Exclude<Retry, "never">, Backoff> = {
  soon: { first: 250, longest: 15_000 },
  later: { first: 5_000, longest: 60_000 },
};

/** What keeps the source from reading, for readiness and the status page. */
export interface ReadFault extends Fault {
  kind: string;
  /** Failed attempts in a row. */
  attempts: number;
}

/** Pauses after failed attempts, longer each time, and says once what is wrong and once that it is over. */
export class Retries {
  fault: ReadFault | undefined;

  constructor(
    private readonly options: {
      clock: MonotonicClock;
      logger: Logger;
      /** 0 to 1, for jitter. */
      random: () => number;
      onFailure: (kind: string) => void;
    },
  ) {}

  /** Repeats `work` until it succeeds. Throws what is no ZitadelError, or a ZitadelError that no attempt can mend. */
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
    if (!this.fault) return;
    this.options.logger.info({ was: this.fault.kind, attempts: this.fault.attempts }, "reading works again");
    this.fault = undefined;
  }

  /** Notes a failure and pauses. Throws what cannot be tried again. */
  async failed(error: unknown, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!(error instanceof ZitadelError)) throw error;
    const { kind, reason, remedy, details } = error;
    const { retry } = details;
    this.options.onFailure(kind);
    // What a person has to mend is said again when it is another thing; what passes by itself is said once.
    const same = this.fault?.kind === kind && (retry === "soon" || this.fault.reason === reason);
    const attempts = (this.fault?.attempts ?? 0) + 1;
    this.fault = { kind, reason, remedy, attempts };
    if (!same || retry === "never")
      this.options.logger[retry === "soon" ? "warn" : "error"](
        { kind, status: details.status, remedy },
        reason,
      );
    if (retry === "never") throw error;
    const jittered = exponentialMillis(attempts, BACKOFF[retry]) * (0.75 + this.options.random() / 2);
    await this.options.clock.sleep(Math.max(jittered, details.retryAfterMillis ?? 0), signal);
  }
}
