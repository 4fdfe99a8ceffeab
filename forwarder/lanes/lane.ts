import type { OutgoingRecord } from "../destinations/destination";
import type { BatchLimits } from "../journal/delivery";
import type { Journal } from "../journal/journal";
import type { Shape } from "../records/formats/shape";
import type { Attempts, Delivered } from "./attempts";
import { Deliveries } from "./deliveries";
import type { PositionCommits } from "./positionCommits";
import { Slots } from "./slots";
import { type Entry, UnbrokenRun } from "./unbrokenRun";

export interface LaneSettings {
  name: string;
  limits: BatchLimits;
  /** What becomes of the journal's records for this destination. */
  shape: Shape;
  /** Batches under way at once at most: as many may arrive twice after the process was killed. */
  inFlight: number;
}

/** Where a batch stands among the others of its lane. */
export interface Place {
  run: UnbrokenRun;
  entry: Entry;
  /** The backfill job whose progress it is. */
  job?: number;
  /** Reads its records once more; absent where only reading on from the job's progress can. */
  again?: () => readonly OutgoingRecord[];
}

const nothing: Delivered = { deadLetters: [] };

/** Records of a job were sent and have perhaps not arrived. */
export class NotArrivedError extends Error {
  override name = "NotArrivedError";
}

/**
 * Brings the journal's records to one destination. Two things go on side by side, and share the lane's slots:
 *
 * - The lane *follows* the journal: whenever a slot is free it takes the next records after the newest it has
 *   taken as a batch, and waits for records when there are none. A look that finds only what the destination's
 *   filter keeps out needs no destination: the position passes these records with the batch before, or by an
 *   empty one.
 * - It *backfills* while it has jobs (see Backfill): ranges that it reads again from ZITADEL.
 *
 * A batch keeps its slot until the lane's position has passed it on disk, not only until it is acknowledged: so
 * at most `inFlight` batches can be delivered twice, and none can be skipped. A batch that keeps failing holds
 * the lane, never another one.
 *
 * Where a destination says only later what has arrived, a batch gives its slot back when it is sent and lets go of
 * its records: that may be any number of batches. The position waits for the arrival; what has not arrived is read
 * once more and delivered again, for which it needs a slot: so batches behind it do not keep theirs when they are done.
 *
 * The journal *parks* a lane when it needs the place: from then on the lane finds no events there, only what
 * cannot be read again. The batches that it holds go on trying, and so does the first window of its job; with
 * the first acknowledgement the lane *resumes*: it follows the journal from the position of that moment, and
 * what lies before is left to its jobs.
 *
 * On `stop` the lane takes nothing new and batches that wait for another attempt are given up; what is under
 * way may end until `abandon`.
 */
export class Lane {
  readonly slots: Slots;
  #taken: number;
  #unread = true;
  #wake?: () => void;

  constructor(
    readonly settings: LaneSettings,
    private readonly journal: Journal,
    readonly attempts: Attempts,
    private readonly commits: PositionCommits,
  ) {
    this.slots = new Slots(settings.inFlight);
    this.#taken = journal.lane(settings.name).acknowledged;
  }

  /** Follows the journal until `stop`, then settles. Rejects when the journal fails for good. */
  async follow(stop: AbortSignal, abandon: AbortSignal): Promise<void> {
    const { name, limits, shape } = this.settings;
    const run = new UnbrokenRun();
    const quiet = this.journal.onRecords(() => this.#notice());
    const deliveries = new Deliveries(stop);
    try {
      for (;;) {
        await this.slots.take(deliveries.signal);
        const { records, through, filtered } = this.journal.slice(name, this.#taken, limits, shape);
        const { parked } = this.journal.lane(name);
        if (records.length === 0 && filtered === 0 && (parked || through <= this.#taken)) {
          this.slots.give(1);
          await this.#untilRecords(deliveries.signal);
          continue;
        }
        const after = this.#taken;
        this.#taken = Math.max(this.#taken, through);
        if (records.length === 0 && run.extend(this.#taken)) {
          this.slots.give(1);
          continue;
        }
        const again = () => this.journal.slice(name, after, limits, shape).records;
        deliveries.add(this.deliver(records, { run, entry: run.begin(through), again }, stop, abandon));
      }
    } catch (error) {
      if (!deliveries.signal.aborted) throw error;
    } finally {
      quiet();
      await deliveries.settled();
    }
  }

  /**
   * Delivers a batch that holds a slot, then moves the position (or the job's progress) as far as the run of
   * finished batches is unbroken, and frees the slots of what was passed.
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
    { run, entry, job, again }: Place,
    stop: AbortSignal,
    abandon: AbortSignal,
  ): Promise<void> {
    const { name } = this.settings;
    let { deadLetters, arrival } = (await sending) ?? nothing;
    for (;;) {
      entry.slotless = arrival !== undefined;
      if (entry.slotless) this.slots.give(1);
      if (arrival === undefined || (await arrival)) break;
      stop.throwIfAborted();
      if (!again) throw new NotArrivedError("records of a range were sent and have perhaps not arrived");
      await this.slots.take(stop);
      ({ deadLetters, arrival } = await this.attempts.deliver(again(), stop, abandon));
    }
    if (!entry.slotless && run.isBehindSlotless(entry)) {
      entry.slotless = true;
      this.slots.give(1);
    }
    const passed = run.finish(entry, deadLetters);
    if (passed) {
      const { through, entries } = passed;
      await this.commits.add({ lane: name, through, job, deadLetters: passed.deadLetters }, abandon);
      this.slots.give(entries.filter(({ slotless }) => !slotless).length);
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
    this.#wake?.();
  }

  /** Until the journal has taken records since the last look. */
  async #untilRecords(stop: AbortSignal): Promise<void> {
    if (!this.#unread)
      await new Promise<void>((resolve, reject) => {
        const abort = () => reject(stop.reason);
        stop.addEventListener("abort", abort, { once: true });
        this.#wake = () => {
          stop.removeEventListener("abort", abort);
          resolve();
        };
      });
    this.#unread = false;
  }
}
