import type { DatabaseSync } from "node:sqlite";
import type { JournalRecord } from "../records/record";
import { type Backlog, type CreationBounds, unite } from "./backlog";
import type { ForkDetection } from "./forks";
import { storedId } from "./idForm";
import type { LaneTable } from "./laneTable";
import { LoginIds } from "./loginIds";
import type { LoginTable } from "./loginTable";
import type { SessionTable } from "./sessionTable";
import type { CommitResult, ReportForks } from "./sourceJournal";

/** How sources are stored; 0 is the one whose records can be read again. */
const sourceNumbers: Record<JournalRecord["source"], number> = {
  events: 0,
  webhook: 1,
  stdout: 2,
  forwarder: 3,
  checks: 4,
};

/** Under which time an id is kept: that of an event never changes, a notice may come again at another one. */
function idTime({ source, createdMicros }: JournalRecord): number {
  return source === "events" ? createdMicros : 0;
}

/** Puts a source's records and cursor into the journal; runs inside a transaction. */
export class Intake {
  /** The newest position ever given. */
  lastPosition: number;
  readonly #putId;
  readonly #loginIds: LoginIds;
  readonly #putRecord;
  readonly #putCursor;
  readonly #putLastPosition;

  constructor(
    database: DatabaseSync,
    private readonly lanes: LaneTable,
    private readonly backlog: Backlog,
    private readonly forks: ForkDetection,
    private readonly logins: LoginTable,
    private readonly sessions: SessionTable,
  ) {
    const row = database.prepare("SELECT value FROM meta WHERE key = 'last_position'").get();
    this.lastPosition = Number(row?.value ?? 0);
    this.#putId = database.prepare("INSERT OR IGNORE INTO ids (created_micros, id) VALUES (?, ?)");
    this.#loginIds = new LoginIds(database);
    this.#putRecord = database.prepare(
      "INSERT INTO records (position, id, source, created_micros, body) VALUES (?, ?, ?, ?, ?)",
    );
    this.#putCursor = database.prepare("INSERT OR REPLACE INTO cursors (source, cursor) VALUES (?, ?)");
    this.#putLastPosition = database.prepare(
      "INSERT OR REPLACE INTO meta (key, value) VALUES ('last_position', ?)",
    );
  }

  /**
   * Takes records in for the lanes. Returns what was done and the newest position; the caller keeps that once
   * the transaction is on disk.
   */
  take(
    source: string,
    records: readonly JournalRecord[],
    cursor: string,
    reportForks: ReportForks = () => [],
  ): { result: CommitResult; lastPosition: number } {
    const { fresh, replayed } = this.#note(records);
    this.logins.watch(records);
    this.logins.note(fresh);
    const events = fresh.filter(({ source }) => source === "events");
    const forked = this.forks.observe(events);
    const reports = forked.length > 0 ? this.#note(reportForks(forked)).fresh : [];
    const others = [...fresh.filter(({ source }) => source !== "events"), ...reports];
    const bounds = events.reduce<CreationBounds | undefined>(
      (all, { createdMicros }) => unite(all, { oldest: createdMicros, newest: createdMicros }),
      undefined,
    );
    if (bounds) this.lanes.extendOpenJobs(bounds);
    // With every lane parked nobody would take the events from the journal: the jobs cover them.
    const parked = [...this.lanes.lanes.values()].every((lane) => lane.parked);
    const lastPosition = this.#put(parked ? [] : this.sessions.enriched(events), others);
    this.sessions.trim(records);
    this.#putCursor.run(source, cursor);
    return {
      result: {
        inserted: fresh.length,
        repeated: records.length - fresh.length,
        replayed,
        forked,
      },
      lastPosition,
    };
  }

  /** Takes records in that every lane has delivered already; their login checks are still to be judged. */
  takeDelivered(source: string, records: readonly JournalRecord[], cursor: string): void {
    const { fresh } = this.#note(records);
    this.logins.watch(records);
    this.logins.note(fresh);
    this.forks.observe(fresh);
    this.sessions.trim(records);
    this.#putCursor.run(source, cursor);
  }

  /** Notes ids and sessions; returns the records whose id is new, and the indexes of login records that came again. */
  #note(records: readonly JournalRecord[]): { fresh: JournalRecord[]; replayed: number[] } {
    // Of repeated records too: what a session began with may have been forgotten meanwhile.
    this.sessions.note(records);
    const replayed: number[] = [];
    const fresh = records.filter((record, index) => {
      const { id, source } = record;
      if (source === "webhook" || source === "stdout") {
        const news = this.#loginIds.note(record, source);
        if (news === "replayed") replayed.push(index);
        return news === "new";
      }
      // Its check is taken out in the same transaction: there is no second one.
      if (source === "checks") return true;
      return this.#putId.run(idTime(record), storedId(id)).changes === 1;
    });
    return { fresh, replayed };
  }

  /** Stores records at the next positions; returns the last. */
  #put(events: readonly JournalRecord[], others: readonly JournalRecord[]): number {
    this.backlog.add(
      this.lastPosition + 1,
      events.map(({ createdMicros }) => createdMicros),
    );
    let position = this.lastPosition;
    for (const { id, source, createdMicros, body } of [...events, ...others]) {
      position += 1;
      this.#putRecord.run(position, storedId(id), sourceNumbers[source], createdMicros, body);
    }
    if (position > this.lastPosition) this.#putLastPosition.run(position);
    return position;
  }
}
