import { Semaphore } from "../../concurrency/semaphore";
import type { Outcome } from "../destination";

/** So many batches in a row without an acknowledgement are no accident. */
const THRESHOLD = 3;

/**
 * A circuit breaker for acknowledgements. When none come, everything would be sent again and again, and be indexed each
 * time.
 *
 * - *closed*: batches are sent at once. A few in a row without an acknowledgement make it half-open.
 * - *half-open*: one batch at a time is sent, as a probe, until one is acknowledged; that closes it. It is never wholly
 *   open: the probe is also what has to be delivered.
 */
export class CircuitBreaker {
  readonly #probe = new Semaphore(1);
  #unacknowledged = 0;

  /** Does the work at once, or, while it is half-open, alone. */
  async pass<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (!this.#halfOpen) return work();
    await this.#probe.acquire(signal);
    try {
      if (this.#halfOpen) return await work();
    } finally {
      this.#probe.release(1);
    }
    return work();
  }

  /** What comes of a batch that was received: without an acknowledgement a fault, once it is half-open. */
  judge(outcome: Outcome): Outcome {
    this.#unacknowledged = outcome.kind === "acknowledged" ? 0 : this.#unacknowledged + 1;
    if (outcome.kind !== "retry" || !this.#halfOpen) return outcome;
    return {
      kind: "fault",
      reason: outcome.reason,
      remedy:
        "look into Splunk's indexing queues and, where a load balancer is before it, whether that keeps sessions by a cookie; where indexing takes longer, give acknowledgementTimeoutSeconds more",
    };
  }

  get #halfOpen(): boolean {
    return this.#unacknowledged >= THRESHOLD;
  }
}
