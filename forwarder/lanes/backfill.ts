import { setTimeout as sleep } from "node:timers/promises";
import type { OutgoingRecord } from "../destinations/destination";
import { RangeClippedError, type RangeReader } from "../journal/contract";
import { type BatchLimits, fits } from "../journal/delivery";
import type { Journal } from "../journal/journal";
import type { BackfillJob } from "../journal/laneTable";
import type { Shape } from "../records/formats/shape";
import type { JournalRecord } from "../records/record";
import { pauseMillis } from "./backoff";
import { Deliveries } from "./deliveries";
import { type Lane, NotArrivedError } from "./lane";
import { UnbrokenRun } from "./unbrokenRun";

/** What a lane reports of its jobs. */
export interface BackfillReports {
  /** ZITADEL no longer holds the beginning of the range: these events did not reach the destination. */
  clipped(lane: string, fromMicros: number, heldFromMicros: number): void;
  /** The range could not be read; it will be tried again. */
  failed(lane: string, error: unknown): void;
  finished(lane: string, job: BackfillJob): void;
}

/**
 * Works off a lane's backfill jobs, the oldest first, one at a time:
 *
 * - *waiting*: until the journal has a job for the lane and the lane has a free slot. While batches that fail
 *   hold all slots no job is started, so that the open job can still grow.
 * - *reading*: the job is started, which freezes its range. Its pages are read in order and delivered in the
 *   lane's slots. Progress is kept as the time up to which everything was acknowledged; after a crash reading
 *   goes on there.
 * - *clipped*: ZITADEL no longer holds the beginning. That is reported, and reading goes on with what it holds.
 * - *failed*, or something that was sent has perhaps not arrived: what is under way settles, then, after a pause,
 *   reading goes on from the progress.
 */
export class Backfill {
  #failures = 0;

  constructor(
    private readonly lane: Lane,
    private readonly journal: Journal,
    private readonly reader: RangeReader,
    private readonly reports: BackfillReports,
    private readonly random: () => number,
  ) {}

  /** Works until `stop`. Rejects when the journal fails for good. */
  async run(stop: AbortSignal, abandon: AbortSignal): Promise<void> {
    const { slots, settings } = this.lane;
    try {
      for (;;) {
        await this.#untilJob(stop);
        await slots.take(stop);
        slots.give(1);
        const job = this.journal.startJob(settings.name);
        if (job) await this.#work(job, stop, abandon);
      }
    } catch (error) {
      if (!stop.aborted) throw error;
    }
  }

  async #work(job: Readonly<BackfillJob>, stop: AbortSignal, abandon: AbortSignal): Promise<void> {
    const { name } = this.lane.settings;
    const deliveries = new Deliveries(stop);
    const run = new UnbrokenRun();
    let problem: unknown;
    try {
      await this.#deliverRange(job, run, deliveries, stop, abandon);
    } catch (error) {
      if (!deliveries.signal.aborted) problem = error;
    }
    await deliveries.settled().catch((error) => {
      if (!(error instanceof NotArrivedError)) throw error;
      problem = error;
      this.lane.slots.give(run.slotsHeld());
    });
    stop.throwIfAborted();
    if (problem === undefined) {
      this.#failures = 0;
      this.reports.finished(name, job);
    } else if (problem instanceof RangeClippedError) {
      const { fromMicros, heldFromMicros } = problem;
      this.reports.clipped(name, fromMicros, Math.min(heldFromMicros, job.toMicros));
      await this.lane.passJob(job.job, heldFromMicros, abandon);
    } else {
      this.#failures += 1;
      this.reports.failed(name, problem);
      await sleep(pauseMillis(this.#failures, this.random()), undefined, { signal: stop });
    }
  }

  async #deliverRange(
    { job, fromMicros, toMicros }: Readonly<BackfillJob>,
    run: UnbrokenRun,
    deliveries: Deliveries,
    stop: AbortSignal,
    abandon: AbortSignal,
  ): Promise<void> {
    const { slots, settings } = this.lane;
    let through = fromMicros;
    const deliver = async (records: readonly OutgoingRecord[], passes: number) => {
      if (records.length === 0 && run.extend(passes)) return;
      await slots.take(deliveries.signal);
      deliveries.add(this.lane.deliver(records, { run, entry: run.begin(passes), job }, stop, abandon));
    };
    for await (const page of this.reader.read({ fromMicros, toMicros }, deliveries.signal)) {
      const batches = cutBatches(page.records, settings.limits, settings.shape);
      // A page of which the filter keeps everything out is delivered too: as an empty batch.
      if (batches.length === 0 && page.records.length > 0) batches.push([]);
      // Only with a page's last batch is everything before its end delivered.
      for (const [index, batch] of batches.entries())
        await deliver(batch, index === batches.length - 1 ? page.throughMicros : through);
      through = page.throughMicros;
    }
    deliveries.signal.throwIfAborted();
    await deliver([], toMicros);
  }

  /** Until the journal has a job for the lane; jobs come with commits. */
  async #untilJob(stop: AbortSignal): Promise<void> {
    const { name } = this.lane.settings;
    while (!this.journal.jobs().some(({ lane }) => lane === name))
      await new Promise<void>((resolve, reject) => {
        const end = () => {
          quiet();
          stop.removeEventListener("abort", abort);
        };
        const abort = () => {
          end();
          reject(stop.reason);
        };
        const quiet = this.journal.onRecords(() => {
          end();
          resolve();
        });
        stop.addEventListener("abort", abort);
        if (stop.aborted) abort();
      });
  }
}

/** A page in batches, in its order, each record as `shape` makes it. */
export function cutBatches(
  records: readonly JournalRecord[],
  limits: BatchLimits,
  shape: Shape,
): OutgoingRecord[][] {
  const batches: OutgoingRecord[][] = [];
  let batch: OutgoingRecord[] = [];
  let total = 0;
  for (const { id, createdMicros, body: stored } of records) {
    const body = shape(stored);
    if (body === undefined) continue;
    const bytes = Buffer.byteLength(body);
    if (!fits(batch.length, total, bytes, limits)) {
      batches.push(batch);
      batch = [];
      total = 0;
    }
    batch.push({ id, createdMicros, body });
    total += bytes + 1;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
