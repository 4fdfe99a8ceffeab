import type { JournalRecord } from "../records/record";

/** What a commit did. */
export interface CommitResult {
  /** Records that were new. */
  inserted: number;
  /** Records whose id the journal already had: a re-read, harmless. */
  repeated: number;
  /** Which of the records given, by their index, are login records that had come from the same source before. */
  replayed: number[];
  /** Places in an aggregate's history that now hold two different events: ZITADEL's database was restored. */
  forked: { aggregateType: string; aggregateId: string; sequence: number }[];
}

/** Records that report what a commit shows; called within its transaction, and again when that is tried again. */
export type ReportForks = (forked: CommitResult["forked"]) => readonly JournalRecord[];

/** The journal as a source sees it. */
export interface SourceJournal {
  /** The cursor that the source left with its last commit, JSON text, or undefined at a first start. */
  readCursor(source: string): string | undefined;
  /**
   * Records and the source's new cursor, in one transaction that is on disk when this returns.
   * Throws JournalFullError when the limit holds even after parking; nothing is then changed.
   *
   * @param reportForks what goes in besides when the records show that history was forked
   */
  commit(
    source: string,
    records: readonly JournalRecord[],
    cursor: string,
    reportForks?: ReportForks,
  ): CommitResult;
  /**
   * Notes records as taken in without giving them to any lane, and the source's new cursor, in one transaction:
   * every destination had acknowledged them before the journal was lost. Re-reading them is then harmless.
   */
  commitDelivered(source: string, records: readonly JournalRecord[], cursor: string): void;
  /** Resolves when there is free space again; at once when there is. Rejects with the signal's reason. */
  waitForSpace(signal: AbortSignal): Promise<void>;
  /** Forgets the ids of events created before this time: they will not be read again. */
  forgetIdsBefore(createdMicros: number): void;
  /** Forgets the ids of login records whose script signed an earlier time: they are refused by their age. */
  forgetLoginIdsBefore(createdMicros: number): void;
  /**
   * Records of events as a commit would put them before lanes: those of sessions whose beginning is known say where
   * the session came from. Changes nothing.
   */
  withSessions(records: readonly JournalRecord[]): JournalRecord[];
  /**
   * Ids of the source `events` created in [fromMicros, toMicros) that were committed and are not yet forgotten,
   * in any order: what a recount and the checkpoint compare with what ZITADEL serves.
   */
  idsCreatedBetween(fromMicros: number, toMicros: number): string[];
}

/** Reads a closed range of ZITADEL's history again, for one lane alone. Bounds are inclusive from, exclusive to. */
export interface RangeReader {
  /**
   * Pages of records created in [fromMicros, toMicros), in windows from old to new; each page is complete for
   * the window that `throughMicros` closes: every record of the range created before it has been given.
   * Ends when the range is read. Throws RangeClippedError when ZITADEL no longer holds the range's
   * beginning, and after a page whose beginning it may have removed before the page was read.
   */
  read(
    range: { fromMicros: number; toMicros: number },
    signal: AbortSignal,
  ): AsyncIterable<{ records: JournalRecord[]; throughMicros: number }>;
  /** How far the events source has read (tail edge), microseconds: nothing newer can be asked of a range. */
  readThroughMicros(): number;
}

/** The journal's limit is reached and nothing may be dropped: the source waits with `waitForSpace`. */
export class JournalFullError extends Error {
  override name = "JournalFullError";
}

/** ZITADEL's audit-log retention has removed the beginning of a range: from where on it still holds events. */
export class RangeClippedError extends Error {
  override name = "RangeClippedError";
  constructor(
    readonly fromMicros: number,
    readonly heldFromMicros: number,
  ) {
    super(
      `ZITADEL holds no events of the range before ${new Date(heldFromMicros / 1000).toISOString()} any more`,
    );
  }
}
