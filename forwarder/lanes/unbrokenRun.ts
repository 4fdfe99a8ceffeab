import type { DeadLetter } from "../journal/deadLetters";

/** A batch under way: up to where the lane has come when it and all before it are done. */
export interface Entry {
  through: number;
  /** Whether it gave its slot back before that: its own arrival, or that of one before it, is waited for. */
  slotless?: boolean;
  done?: readonly DeadLetter[];
}

/** How far the unbroken run of finished batches reaches now. */
export interface Passed {
  through: number;
  deadLetters: DeadLetter[];
  entries: Entry[];
}

/**
 * The order in which a lane took its batches, and which are done: the position never moves over a batch that is
 * not, however many after it are.
 */
export class UnbrokenRun {
  readonly #entries: Entry[] = [];

  /** A batch is taken; `through` never goes down from one to the next. */
  begin(through: number): Entry {
    const entry: Entry = { through };
    this.#entries.push(entry);
    return entry;
  }

  /** Nothing is to be delivered up to there: the newest batch passes that too. Says no when there is none. */
  extend(through: number): boolean {
    const last = this.#entries.at(-1);
    if (last) last.through = through;
    return last !== undefined;
  }

  /** Whether a batch before this one gave its slot back and is not done: it may need a slot once more. */
  isBehindSlotless(entry: Entry): boolean {
    const before = this.#entries.slice(0, this.#entries.indexOf(entry));
    return before.some(({ done, slotless }) => done === undefined && slotless);
  }

  /** How many slots the batches hold that are done and will not be passed when the run goes no further. */
  slotsHeld(): number {
    return this.#entries.filter(({ done, slotless }) => done !== undefined && !slotless).length;
  }

  /** A batch is done, with these records set aside. Says what that lets pass, or undefined for nothing. */
  finish(entry: Entry, deadLetters: readonly DeadLetter[]): Passed | undefined {
    entry.done = deadLetters;
    const open = this.#entries.findIndex(({ done }) => done === undefined);
    const entries = this.#entries.splice(0, open === -1 ? this.#entries.length : open);
    const last = entries.at(-1);
    return last && { through: last.through, deadLetters: entries.flatMap(({ done }) => done ?? []), entries };
  }
}
