import { Slots } from "../../lanes/slots";
import type { Outcome } from "../destination";

/** So many batches in a row without an acknowledgement are no accident. */
const FEW = 3;

/**
 * Whether acknowledgements come at all. When they do not, everything would be sent again and again, and be
 * indexed each time. So after a few batches in a row without one there is *doubt*: from then on one batch at a
 * time is sent, as a probe, until one is acknowledged.
 */
export class Doubt {
  readonly #probe = new Slots(1);
  #unacknowledged = 0;

  /** Does the work at once, or, while there is doubt, when it is its turn as the probe. */
  async pass<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (!this.#raised) return work();
    await this.#probe.take(signal);
    try {
      if (this.#raised) return await work();
    } finally {
      this.#probe.give(1);
    }
    return work();
  }

  /** What comes of a batch that was received: without an acknowledgement a fault, once there is doubt. */
  judge(outcome: Outcome): Outcome {
    this.#unacknowledged = outcome.kind === "acknowledged" ? 0 : this.#unacknowledged + 1;
    if (outcome.kind !== "retry" || !this.#raised) return outcome;
    return {
      kind: "fault",
      reason: outcome.reason,
      remedy:
        "look into Splunk's indexing queues and, where a load balancer is before it, whether that keeps sessions by a cookie; where indexing takes longer, give acknowledgementTimeoutSeconds more",
    };
  }

  get #raised(): boolean {
    return this.#unacknowledged >= FEW;
  }
}
