import type { DatabaseSync } from "node:sqlite";
import type { Formatter } from "../records/formats/formatter";
import type { JournalRecord } from "../records/record";
import { Admission, type RefuseBeyondLimit } from "./admission";
import { Backlog } from "./backlog";
import { DeadLetters } from "./deadLetters";
import { type BatchLimits, Delivery, type Slice } from "./delivery";
import { ForkDetection, slots } from "./forks";
import { selectId } from "./idForm";
import { bindInstance, boundInstance } from "./instance";
import { Intake } from "./intake";
import {
  type BackfillJob,
  eventsDoneThrough,
  type LanePosition,
  type LaneProgress,
  LaneTable,
} from "./laneTable";
import { LoginTable, type Report } from "./loginTable";
import { laneToPark } from "./parking";
import { SessionTable, sessionsKept } from "./sessionTable";
import type { CommitResult, ReportForks, SourceJournal } from "./sourceJournal";
import { Space } from "./space";
import { transaction } from "./transaction";
import { firstOtherUnacknowledged, oldestUnacknowledged, oldestUndelivered, owes } from "./undelivered";

/** What the journal reports of itself as it goes. */
export interface JournalEvents {
  parked?(lane: string): void;
  resumed?(lane: string): void;
  /** The instance is known: notices can be written from now on. */
  bound?(): void;
}

/**
 * The journal: between sources, which commit records, and lanes, which deliver them. Every call that changes
 * something is one transaction and on disk when it returns. Records go once every lane has passed them.
 */
export class Journal implements SourceJournal {
  readonly id: string;
  /** Login checks and the records that scripts made of them. */
  readonly logins: LoginTable;
  readonly #lanes: LaneTable;
  readonly #backlog: Backlog;
  readonly #intake: Intake;
  readonly #sessions: SessionTable;
  readonly #delivery: Delivery;
  readonly #deadLetters: DeadLetters;
  readonly #space: Space;
  readonly #readCursor;
  readonly #readIds;
  readonly #listeners = new Set<() => void>();
  readonly #admission: Admission;

  /** `maxBytes`: what database and write-ahead log may take together. */
  constructor(
    private readonly database: DatabaseSync,
    private readonly maxBytes: number,
    private readonly events: JournalEvents = {},
  ) {
    this.id = String(database.prepare("SELECT value FROM meta WHERE key = 'journal'").get()?.value);
    this.#lanes = new LaneTable(database);
    this.#backlog = new Backlog(database);
    this.logins = new LoginTable(database);
    this.#sessions = new SessionTable(database, sessionsKept(maxBytes));
    this.#intake = new Intake(
      database,
      this.#lanes,
      this.#backlog,
      new ForkDetection(database, slots(maxBytes)),
      this.logins,
      this.#sessions,
    );
    this.#delivery = new Delivery(database);
    this.#deadLetters = new DeadLetters(database, maxBytes);
    this.#space = new Space(database, this.#lanes, this.#backlog, this.#sessions);
    this.#admission = new Admission(
      {
        collect: () => this.#change(() => this.#space.collect(this.#intake.lastPosition))(),
        usedBytes: () => this.#space.usedBytes(),
        laneToPark: (scarce) =>
          laneToPark([...this.#lanes.lanes.values()], this.#intake.lastPosition, scarce)?.name,
        park: (name) => this.#park(name),
      },
      maxBytes,
    );
    this.#readCursor = database.prepare("SELECT cursor FROM cursors WHERE source = ?");
    this.#readIds = database.prepare(
      `SELECT ${selectId} FROM ids WHERE created_micros >= ? AND created_micros < ?`,
    );
  }

  readCursor(source: string): string | undefined {
    const row = this.#readCursor.get(source);
    return row && String(row.cursor);
  }

  commit(
    source: string,
    records: readonly JournalRecord[],
    cursor: string,
    reportForks?: ReportForks,
  ): CommitResult {
    return this.#admit(records, () => this.#intake.take(source, records, cursor, reportForks));
  }

  commitDelivered(source: string, records: readonly JournalRecord[], cursor: string): void {
    this.#change(() => this.#intake.takeDelivered(source, records, cursor));
  }

  /** As `commit`, with what becomes of login checks in the same transaction. */
  commitChecks(
    source: string,
    records: readonly JournalRecord[],
    cursor: string,
    change: (logins: LoginTable) => void,
  ): CommitResult {
    return this.#admit(records, () => {
      change(this.logins);
      return this.#intake.take(source, records, cursor);
    });
  }

  /** Notes login records that another replica holds. */
  addPeerReports(reports: readonly Report[]): void {
    if (reports.length > 0) this.#change(() => this.logins.addPeerReports(reports));
  }

  waitForSpace(signal: AbortSignal): Promise<void> {
    return this.#admission.waitForSpace(signal);
  }

  forgetIdsBefore(createdMicros: number): void {
    this.#space.forgetIdsBefore(createdMicros);
  }

  forgetLoginIdsBefore(createdMicros: number): void {
    this.#space.forgetLoginIdsBefore(createdMicros);
  }

  idsCreatedBetween(fromMicros: number, toMicros: number): string[] {
    return this.#readIds.all(Math.max(1, fromMicros), toMicros).map(({ id }) => String(id));
  }

  withSessions(records: readonly JournalRecord[]): JournalRecord[] {
    return this.#sessions.enriched(records);
  }

  /** Forgets what sessions began with: they are not to be enriched any more. */
  forgetSessions(): void {
    this.#change(() => this.#sessions.clear());
  }

  /** Calls back after every commit that brought records; returns how to stop that. */
  onRecords(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Makes the journal serve these lanes. One that is new begins with what comes from now on, except in a
   * journal that is new itself, where that is everything. Returns the lanes that are gone with what they had
   * not delivered.
   */
  serve(names: readonly string[]): { name: string; undelivered: boolean }[] {
    const { lastPosition } = this.#intake;
    return transaction(this.database, () => {
      const gone = [...this.#lanes.lanes.values()]
        .filter(({ name }) => !names.includes(name))
        .map((lane) => ({ name: lane.name, undelivered: owes(lane, this.#lanes.jobs, lastPosition) }));
      for (const { name } of gone) this.#lanes.remove(name);
      for (const name of names) if (!this.#lanes.lanes.has(name)) this.#lanes.add(name, lastPosition);
      return gone;
    });
  }

  /** Where a lane stands. */
  lane(name: string): Readonly<LanePosition> {
    return this.#lanes.lane(name);
  }

  /** A lane's next records after a position, as `formatter` makes them. */
  slice(name: string, after: number, limits: BatchLimits, formatter: Formatter): Slice {
    return this.#delivery.slice(this.#lanes.lane(name), after, this.#intake.lastPosition, limits, formatter);
  }

  /** Keeps lanes' new positions and what was refused on the way, and takes out what no lane needs. */
  acknowledge(progress: readonly LaneProgress[], nowMicros: number): void {
    this.#change(() => {
      for (const { lane, through, job, deadLetters } of progress) {
        if (job === undefined) this.#lanes.acknowledge(lane, through);
        else this.#lanes.advanceJob(job, through);
        this.#deadLetters.add(lane, deadLetters, nowMicros);
      }
      return this.#space.collect(this.#intake.lastPosition);
    })();
    this.#admission.changed();
  }

  /** The range that a lane has to read again first; it does not grow any more. */
  startJob(name: string): Readonly<BackfillJob> | undefined {
    return this.#lanes.startJob(name);
  }

  jobs(): readonly Readonly<BackfillJob>[] {
    return this.#lanes.jobs;
  }

  /** A parked lane's destination answers: it follows the journal again, besides its jobs. */
  resume(name: string): void {
    if (!this.#lanes.lane(name).parked) return;
    this.#change(() => this.#lanes.resume(name, this.#intake.lastPosition));
    this.events.resumed?.(name);
    for (const listener of this.#listeners) listener();
  }

  /** The creation time of the oldest event that a lane still has to deliver; undefined when there is none. */
  oldestUnacknowledged(name: string): number | undefined {
    return oldestUnacknowledged(name, this.#lanes, this.#backlog);
  }

  /** The creation time of the first record of another source that a lane, or any, still has to deliver. */
  firstOtherUnacknowledged(name?: string): number | undefined {
    const lanes = name === undefined ? [...this.#lanes.lanes.values()] : [this.#lanes.lane(name)];
    return firstOtherUnacknowledged(lanes, this.#backlog);
  }

  /** The oldest event over all lanes: what was created before was acknowledged by every destination. */
  oldestUndelivered(): number | undefined {
    return oldestUndelivered(this.#lanes, this.#backlog);
  }

  /** What the status page and the metrics show. */
  status() {
    return {
      usedBytes: this.#space.usedBytes(),
      maxBytes: this.maxBytes,
      lastPosition: this.#intake.lastPosition,
      sessions: this.#sessions.count(),
      full: this.#admission.full,
      volumeFailed: this.#admission.volumeFailed,
      deadLetters: this.#deadLetters.counts(),
      deadLettersFull: this.#deadLetters.full(),
    };
  }

  /** The ZITADEL instance whose records the journal holds; undefined before it is known. */
  instance(): string | undefined {
    return boundInstance(this.database);
  }

  /** Notes the instance whose records come. Throws JournalRefusedError when those held are another's. */
  bindInstance(instanceId: string): void {
    bindInstance(this.database, instanceId);
    this.events.bound?.();
  }

  close(): void {
    this.database.close();
  }

  #admit(records: readonly JournalRecord[], take: () => ReturnType<Intake["take"]>): CommitResult {
    const scarce = records.some(({ source }) => source !== "events");
    const result = this.#admission.admit(scarce, (refuse) => this.#store(take, refuse));
    if (result.inserted > 0) for (const listener of this.#listeners) listener();
    return result;
  }

  #store(take: () => ReturnType<Intake["take"]>, refuse: RefuseBeyondLimit): CommitResult {
    const { result, lastPosition } = this.#change(() => {
      const taken = take();
      if (taken.result.inserted > 0) refuse();
      return taken;
    });
    this.#intake.lastPosition = lastPosition;
    return result;
  }

  #park(name: string): boolean {
    const backlog = this.#backlog.after(eventsDoneThrough(this.#lanes.lane(name)));
    if (!backlog) return false;
    this.#change(() => this.#lanes.park(name, backlog));
    this.events.parked?.(name);
    return true;
  }

  #change<T>(work: () => T): T {
    try {
      const result = transaction(this.database, work);
      this.logins.settle(true);
      return result;
    } catch (error) {
      this.logins.settle(false);
      this.#lanes.reload();
      throw error;
    }
  }
}
