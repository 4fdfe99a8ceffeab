import { JournalFullError, type SourceJournal } from "../../journal/sourceJournal";
import type { JournalRecord } from "../../records/record";

/** The source's name in the journal. */
const SOURCE = "webhook";
/** Records of one transaction at most: bounds how long a commit keeps everything else waiting. */
const MOST_RECORDS = 256;

/** What a commit made of a record. */
export type Committed = "accepted" | "replay" | "journal full";

interface Waiting {
  record: JournalRecord;
  settle: (committed: Committed) => void;
  fail: (error: unknown) => void;
}

/**
 * Commits records of calls that come at one time in one transaction: what takes long is the disk's word that it
 * has them, and one word serves all.
 */
export class GroupCommits {
  #waiting: Waiting[] = [];

  constructor(private readonly journal: Pick<SourceJournal, "commit">) {}

  /** Resolves when the record is on disk, or is not taken; rejects when the journal fails for good. */
  add(record: JournalRecord): Promise<Committed> {
    return new Promise((settle, fail) => {
      // Calls that are read in the same iteration of the event loop go along.
      if (this.#waiting.length === 0) setImmediate(() => this.#commit());
      this.#waiting.push({ record, settle, fail });
    });
  }

  #commit(): void {
    const group = this.#waiting.splice(0, MOST_RECORDS);
    if (this.#waiting.length > 0) setImmediate(() => this.#commit());
    try {
      const records = group.map(({ record }) => record);
      const replayed = new Set(this.journal.commit(SOURCE, records, "").replayed);
      for (const [index, { settle }] of group.entries()) settle(replayed.has(index) ? "replay" : "accepted");
    } catch (error) {
      const full = error instanceof JournalFullError;
      for (const { settle, fail } of group)
        if (full) settle("journal full");
        else fail(error);
    }
  }
}
