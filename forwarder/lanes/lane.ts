import { Semaphore } from "../concurrency/semaphore";
import { ConditionVariable } from "../concurrency/waiting";
import type { OutgoingRecord } from "../destinations/destination";
import type { BatchLimits } from "../journal/delivery";
import type { Journal } from "../journal/journal";
import type { Formatter } from "../records/formats/formatter";
import { AcknowledgementTracker, type TrackedBatch } from "./acknowledgementTracker";
import type { Attempts, Delivered } from "./attempts";
import { Deliveries } from "./deliveries";
import type { PositionCommits } from "./positionCommits";

export interface LaneSettings {
  name: string;
  limits: BatchLimits;
  /** What becomes of the journal's records for this destination. */
  formatter: Formatter;
  /** The in-flight limit, batches: as many may arrive twice after the process was killed. */
  inFlight: number;
}

/** Where a batch stands among the others of its lane. */
export interface Place {
  tracker: AcknowledgementTracker;
  batch: TrackedBatch;
  /** The backfill job whose progress it is. */
  job?: number;
  /** Reads its records once more; absent where only reading on from the job's progress can. */
  reread?: () => readonly OutgoingRecord[];
}

const nothing: Delivered = { deadLetters: [] };

/** Records of a job were sent and have perhaps not arrived. */
export class NotArrivedError extends Error {
  override name = "NotArrivedError";
}

/**
 * Brings the journal's records to one destination. Two things go on side by side, and share the permits of the lane's
 * in-flight limit:
 *
 * - The lane *follows* the journal: whenever a permit is free it takes the next records after the newest it has
 *   taken as a batch, and waits for records when there are none. A look that finds only what the destination's
 *   filter keeps out needs no destination: the position passes these records with the batch before, or by an
 *   empty one.
 * - It *backfills* while it has jobs (see Backfill): ranges that it reads again from ZITADEL.
 *
 * A batch keeps its permit until the lane's position has passed it on disk, not only until it is acknowledged: so
 * at most `inFlight` batches can be delivered twice, and none can be skipped. A batch that keeps failing holds
 * the lane, never another one.
 *
 * Where a destination says only later what has arrived, a batch releases its permit when it is sent and lets go of
 * its records: that may be any number of batches. The position waits for the arrival; what has not arrived is read
 * once more and delivered again, for which it needs a permit: so batches behind it do not keep theirs when they are done.
 *
 * The journal *parks* a lane when it needs the place: it drops the lane's backlog of events, to be read again from
 * ZITADEL later. From then on the lane finds no events there, only what cannot be read again. The batches that it holds
 * go on trying, and so does the first window of its job; with the first acknowledgement the lane *resumes*: it follows
 * the journal from the position of that moment, and what lies before is left to its jobs.
 *
 * On `stop` the lane takes nothing new and batches that wait for another attempt are given up; what is under
 * way may end until `abandon`.
 */
export class Lane {
  /** Of the in-flight limit. */
  readonly permits: Semaphore;
  #taken: number;
  #unread = true;
  readonly #arrived = new ConditionVariable();

  constructor(
    readonly settings: LaneSettings,
    private readonly journal: Journal,
    readonly attempts: Attempts,
    private readonly commits: PositionCommits,
  ) {
    this.permits = new Semaphore(settings.inFlight);
    this.#taken = journal.lane(settings.name).acknowledged;
  }

  /** Follows the journal until `stop`, then settles. Rejects when the journal fails for good. */
  async follow(stop: AbortSignal, abandon: AbortSignal): Promise<void> {
    const { name, limits, formatter } = this.settings;
    const tracker = new AcknowledgementTracker();
    const unsubscribe = this.journal.onRecords(() => this.#notice());
    const deliveries = new Deliveries(stop);
    try {
      for (;;) {
        await this.permits.acquire(deliveries.signal);
        const { records, through, filtered } = this.journal.slice(name, this.#taken, limits, formatter);
        const { parked } = this.journal.lane(name);
        if (records.length === 0 && filtered === 0 && (parked || through <= this.#taken)) {
          this.permits.release(1);
          await this.#untilRecords(deliveries.signal);
          continue;
        }
        const after = this.#taken;
        this.#taken = Math.max(this.#taken, through);
        if (records.length === 0 && tracker.extend(this.#taken)) {
          this.permits.release(1);
          continue;
        }
        const reread = () => this.journal.slice(name, after, limits, formatter).records;
        const place = { tracker, batch: tracker.begin(through), reread };
        deliveries.add(this.deliver(records, place, stop, abandon));
      }
    } catch (error) {
      if (!deliveries.signal.aborted) throw error;
    } finally {
      unsubscribe();
      await deliveries.settled();
    }
  }

  /**
   * Delivers a batch that holds a permit, then moves the position (or the job's progress) as far as finished batches
   * are contiguous, and releases the permits of what was passed.
   */
  deliver(
    records: readonly OutgoingRecord[],
    place: Place,
    stop: AbortSignal,
    abandon: AbortSignal,
  ): Promise<void> {
    // Not async: the records would be held as long as their arrival is waited for.
    const sending = records.length > 0 ? this.attempts.deliver(records, stop, abandon) : undefined;
    return this.#pass(sending, place, stop, abandon);
  }

  async #pass(
    sending: Promise<Delivered> | undefined,
    { tracker, batch, job, reread }: Place,
    stop: AbortSignal,
    abandon: AbortSignal,
  ): Promise<void> {
    const { name } = this.settings;
    let { deadLetters, arrival } = (await sending) ?? nothing;
    for (;;) {
      batch.released = arrival !== undefined;
      if (batch.released) this.permits.release(1);
      if (arrival === undefined || (await arrival)) break;
      stop.throwIfAborted();
      if (!reread) throw new NotArrivedError("records of a range were sent and have perhaps not arrived");
      await this.permits.acquire(stop);
      ({ deadLetters, arrival } = await this.attempts.deliver(reread(), stop, abandon));
    }
    if (!batch.released && tracker.isBehindReleased(batch)) {
      batch.released = true;
      this.permits.release(1);
    }
    const passed = tracker.finish(batch, deadLetters);
    if (passed) {
      const { through, batches } = passed;
      await this.commits.add({ lane: name, through, job, deadLetters: passed.deadLetters }, abandon);
      this.permits.release(batches.filter(({ released }) => !released).length);
    }
    if (sending) this.journal.resume(name);
  }

  /** Moves a job's progress past what cannot be had any more. */
  passJob(job: number, throughMicros: number, abandon: AbortSignal): Promise<void> {
    const { name: lane } = this.settings;
    return this.commits.add({ lane, through: throughMicros, job, deadLetters: [] }, abandon);
  }

  #notice(): void {
    this.#unread = true;
    this.#arrived.notifyAll();
  }

  /** Until the journal has taken records since the last look. */
  async #untilRecords(stop: AbortSignal): Promise<void> {
    if (!this.#unread) await this.#arrived.wait(stop);
    this.#unread = false;
  }
}
