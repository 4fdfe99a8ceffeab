import type { DatabaseSync } from "node:sqlite";
import type { Backlog } from "./backlog";
import { eventsDoneThrough, type LaneTable } from "./laneTable";
import type { SessionTable } from "./sessionTable";
import { oldestUndelivered } from "./undelivered";

/** Positions that one step of `collect` goes over at most: bounds how long one transaction takes. */
const COLLECT_POSITIONS = 4096;

/**
 * The bytes that the write-ahead log may take of a journal limited to `maxBytes`: a quarter, at most 8 MiB.
 * It is written back when half of it is used; a commit that comes then still finds the other half.
 */
export function writeAheadBytes(maxBytes: number): number {
  return Math.min(8 << 20, Math.floor(maxBytes / 4));
}

/** Measures the journal and takes out what no lane needs any more. Freed pages are used again. */
export class Space {
  readonly #pageSize;
  readonly #pages;
  readonly #freePages;
  readonly #dropEvents;
  readonly #dropOthers;
  readonly #dropIds;
  readonly #dropLoginIds;
  #collectedThrough = 0;
  #forgetBefore = 0;
  #forgotBefore = 0;
  #forgetLoginsBefore = 0;

  constructor(
    database: DatabaseSync,
    private readonly lanes: LaneTable,
    private readonly backlog: Backlog,
    private readonly sessions: SessionTable,
  ) {
    this.#pageSize = Number(database.prepare("PRAGMA page_size").get()?.page_size);
    this.#pages = database.prepare("PRAGMA page_count");
    this.#freePages = database.prepare("PRAGMA freelist_count");
    this.#dropEvents = database.prepare(
      "DELETE FROM records WHERE position > ? AND position <= ? AND source = 0",
    );
    this.#dropOthers = database.prepare(
      "DELETE FROM records INDEXED BY records_of_other_sources WHERE position <= ? AND source <> 0",
    );
    this.#dropIds = database.prepare("DELETE FROM ids WHERE created_micros > 0 AND created_micros < ?");
    this.#dropLoginIds = database.prepare("DELETE FROM login_ids WHERE created_micros < ?");
    const first = database.prepare("SELECT min(position) AS position FROM records").get();
    this.#collectedThrough = Number(first?.position ?? 1) - 1;
  }

  /** Bytes of the pages that hold something, changes of the transaction under way included. */
  usedBytes(): number {
    const pages = Number(this.#pages.get()?.page_count) - Number(this.#freePages.get()?.freelist_count);
    return pages * this.#pageSize;
  }

  /** From the next collection on, ids of events created before this time are not kept. */
  forgetIdsBefore(createdMicros: number): void {
    this.#forgetBefore = Math.max(this.#forgetBefore, createdMicros);
  }

  /** The same for ids of login records. */
  forgetLoginIdsBefore(createdMicros: number): void {
    this.#forgetLoginsBefore = Math.max(this.#forgetLoginsBefore, createdMicros);
  }

  /**
   * Takes out some of what every lane has passed; part of the transaction that is under way. Returns a
   * function to call once that is on disk: it says whether there is more to take out.
   */
  collect(lastPosition: number): () => boolean {
    const lanes = [...this.lanes.lanes.values()];
    const eventsThrough = Math.min(lastPosition, ...lanes.map(eventsDoneThrough));
    const othersThrough = Math.min(lastPosition, ...lanes.map(({ acknowledged }) => acknowledged));
    const through = Math.min(eventsThrough, this.#collectedThrough + COLLECT_POSITIONS);
    const forgetBefore = this.#forgetBefore;
    if (through > this.#collectedThrough) {
      this.#dropEvents.run(this.#collectedThrough, through);
      this.backlog.forgetThrough(through);
    }
    this.#dropOthers.run(othersThrough);
    if (forgetBefore > this.#forgotBefore) {
      this.#dropIds.run(forgetBefore);
      // What a lane still has to get may be read again, and is then to be as it would have been.
      const owed = oldestUndelivered(this.lanes, this.backlog);
      this.sessions.forgetEndedBefore(Math.min(forgetBefore, owed ?? forgetBefore));
    }
    if (this.#forgetLoginsBefore > 0) this.#dropLoginIds.run(this.#forgetLoginsBefore);
    return () => {
      this.#collectedThrough = Math.max(through, this.#collectedThrough);
      this.#forgotBefore = forgetBefore;
      return through < eventsThrough;
    };
  }
}
