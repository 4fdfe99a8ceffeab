import type { DeadLetter } from "../journal/deadLetters";

/** A batch under way: up to where the lane has come when it and all before it are done. */
export interface TrackedBatch {
  through: number;
  /** Whether it released its permit before that: its own arrival, or that of one before it, is waited for. */
  released?: boolean;
  done?: readonly DeadLetter[];
}

/** How far the finished batches are contiguous now. */
export interface Passed {
  through: number;
  deadLetters: DeadLetter[];
  batches: TrackedBatch[];
}

/**
 * The order in which a lane took its batches, and which are done: the position moves over contiguous finished batches
 * only, never over one that is not done, however many after it are.
 */
export class AcknowledgementTracker {
  readonly #batches: TrackedBatch[] = [];

  /** A batch is taken; `through` never goes down from one to the next. */
  begin(through: number): TrackedBatch {
    const batch: TrackedBatch = { through };
    this.#batches.push(batch);
    return batch;
  }

  /** Nothing is to be delivered up to there: the newest batch passes that too. Says no when there is none. */
  extend(through: number): boolean {
    const last = this.#batches.at(-1);
    if (last) last.through = through;
    return last !== undefined;
  }

  /** Whether a batch before this one released its permit and is not done: it may need a permit once more. */
  isBehindReleased(batch: TrackedBatch): boolean {
    const before = this.#batches.slice(0, this.#batches.indexOf(batch));
    return before.some(({ done, released }) => done === undefined && released);
  }

  /** How many permits the batches hold that are done and will never be passed when no further batch is done. */
  permitsHeld(): number {
    return this.#batches.filter(({ done, released }) => done !== undefined && !released).length;
  }

  /** A batch is done, with these records set aside. Says what that lets pass, or undefined for nothing. */
  finish(batch: TrackedBatch, deadLetters: readonly DeadLetter[]): Passed | undefined {
    batch.done = deadLetters;
    const open = this.#batches.findIndex(({ done }) => done === undefined);
    const batches = this.#batches.splice(0, open === -1 ? this.#batches.length : open);
    const last = batches.at(-1);
    return last && { through: last.through, deadLetters: batches.flatMap(({ done }) => done ?? []), batches };
  }
}
