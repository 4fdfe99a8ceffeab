import type { DatabaseSync } from "node:sqlite";
import { type CreationBounds, unite } from "./backlog";
import type { DeadLetter } from "./deadLetters";

/** Where a lane stands in the journal. */
export interface LanePosition {
  readonly name: string;
  /** Every record up to this position was acknowledged or is not this lane's to deliver. */
  acknowledged: number;
  /** The lane takes no events from the journal: those that come belong to its open backfill job. */
  parked: boolean;
  /** Events up to this position belong to backfill jobs, not to the journal's part of the lane. */
  eventsFrom: number;
}

/** A range of ZITADEL's history that a lane gets by reading it again: [fromMicros, toMicros). */
export interface BackfillJob {
  readonly job: number;
  readonly lane: string;
  /** What was created before is delivered. */
  fromMicros: number;
  toMicros: number;
}

/** What a lane has done: `through` is a position, or for a job a creation time in microseconds (exclusive). */
export interface LaneProgress {
  lane: string;
  through: number;
  job?: number;
  deadLetters: readonly DeadLetter[];
}

/** Up to where the lane has no use for events that the journal holds. */
export function eventsDoneThrough(lane: LanePosition): number {
  return lane.parked ? Number.POSITIVE_INFINITY : Math.max(lane.acknowledged, lane.eventsFrom);
}

/**
 * Positions and backfill jobs of all lanes, in memory and on disk.
 *
 * A job is *open* while its lane is parked and nobody reads it: events that come are added to its range. It is
 * *started* once its range is being read; from then on it never changes but for its progress, because a late
 * event could lie where the reading has already been. Events that come later open another job.
 */
export class LaneTable {
  readonly lanes = new Map<string, LanePosition>();
  readonly jobs: BackfillJob[] = [];
  readonly #started = new Set<number>();
  readonly #putLane;
  readonly #putJob;
  readonly #changeJob;
  readonly #dropJob;

  constructor(private readonly database: DatabaseSync) {
    this.#putLane = database.prepare(
      "INSERT OR REPLACE INTO lanes (name, acknowledged, parked, events_from) VALUES (?, ?, ?, ?)",
    );
    this.#putJob = database.prepare("INSERT INTO jobs (lane, from_micros, to_micros) VALUES (?, ?, ?)");
    this.#changeJob = database.prepare("UPDATE jobs SET from_micros = ?, to_micros = ? WHERE job = ?");
    this.#dropJob = database.prepare("DELETE FROM jobs WHERE job = ?");
    this.reload();
  }

  /** Takes the state from disk: at the start, and after a transaction that was rolled back. */
  reload(): void {
    this.lanes.clear();
    for (const row of this.database.prepare("SELECT * FROM lanes").all()) {
      const name = String(row.name);
      this.lanes.set(name, {
        name,
        acknowledged: Number(row.acknowledged),
        parked: row.parked === 1,
        eventsFrom: Number(row.events_from),
      });
    }
    this.jobs.length = 0;
    for (const row of this.database.prepare("SELECT * FROM jobs ORDER BY job").all()) {
      this.jobs.push({
        job: Number(row.job),
        lane: String(row.lane),
        fromMicros: Number(row.from_micros),
        toMicros: Number(row.to_micros),
      });
    }
  }

  lane(name: string): LanePosition {
    const lane = this.lanes.get(name);
    if (!lane) throw new Error(`The journal has no lane "${name}"`);
    return lane;
  }

  add(name: string, acknowledged: number): void {
    this.#store({ name, acknowledged, parked: false, eventsFrom: 0 });
  }

  remove(name: string): void {
    this.database.prepare("DELETE FROM lanes WHERE name = ?").run(name);
    this.database.prepare("DELETE FROM jobs WHERE lane = ?").run(name);
    this.reload();
  }

  acknowledge(name: string, position: number): void {
    const lane = this.lane(name);
    if (position > lane.acknowledged) this.#store({ ...lane, acknowledged: position });
  }

  /** Hands the lane's backlog of events over to a job of these bounds. */
  park(name: string, backlog: CreationBounds): void {
    this.#store({ ...this.lane(name), parked: true });
    this.#open(name, backlog);
  }

  /** Lets the lane follow the journal again from `lastPosition` on; its open job is closed as it stands. */
  resume(name: string, lastPosition: number): void {
    this.#store({ ...this.lane(name), parked: false, eventsFrom: lastPosition });
    for (const { job, lane } of this.jobs) if (lane === name) this.#started.add(job);
  }

  /** Events come that parked lanes do not take from the journal: their jobs have to cover them. */
  extendOpenJobs(events: CreationBounds): void {
    for (const { name, parked } of this.lanes.values()) {
      if (!parked) continue;
      const open = this.jobs.findLast(({ job, lane }) => lane === name && !this.#started.has(job));
      if (!open) {
        this.#open(name, events);
        continue;
      }
      const wide = unite({ oldest: open.fromMicros, newest: open.toMicros - 1 }, events);
      open.fromMicros = wide.oldest;
      open.toMicros = wide.newest + 1;
      this.#changeJob.run(open.fromMicros, open.toMicros, open.job);
    }
  }

  /** The lane's oldest job, which from now on does not grow any more; undefined when it has none. */
  startJob(name: string): Readonly<BackfillJob> | undefined {
    const job = this.jobs.find(({ lane }) => lane === name);
    if (job) this.#started.add(job.job);
    return job && { ...job };
  }

  /** Everything of the job created before `throughMicros` was acknowledged; at its end the job is gone. */
  advanceJob(id: number, throughMicros: number): void {
    const index = this.jobs.findIndex(({ job }) => job === id);
    const job = this.jobs[index];
    if (!job) return;
    if (throughMicros < job.toMicros) {
      job.fromMicros = Math.max(job.fromMicros, throughMicros);
      this.#changeJob.run(job.fromMicros, job.toMicros, id);
      return;
    }
    this.jobs.splice(index, 1);
    this.#dropJob.run(id);
  }

  #open(lane: string, { oldest, newest }: CreationBounds): void {
    const { lastInsertRowid } = this.#putJob.run(lane, oldest, newest + 1);
    this.jobs.push({ job: Number(lastInsertRowid), lane, fromMicros: oldest, toMicros: newest + 1 });
  }

  #store(lane: LanePosition): void {
    this.#putLane.run(lane.name, lane.acknowledged, lane.parked ? 1 : 0, lane.eventsFrom);
    this.lanes.set(lane.name, lane);
  }
}
