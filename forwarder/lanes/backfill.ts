import { backoffMillis } from "../concurrency/backoff";
import { sleep, untilCalled } from "../concurrency/waiting";
import type { OutgoingRecord } from "../destinations/destination";
import { type BatchLimits, fits } from "../journal/delivery";
import type { Journal } from "../journal/journal";
import type { BackfillJob } from "../journal/laneTable";
import { RangeClippedError, type RangeReader } from "../journal/sourceJournal";
import type { Formatter } from "../records/formats/formatter";
import type { JournalRecord } from "../records/record";
import { AcknowledgementTracker } from "./acknowledgementTracker";
import { Deliveries } from "./deliveries";
import { type Lane, NotArrivedError } from "./lane";

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
 * - *waiting*: until the journal has a job for the lane and the lane has a free permit. While batches that fail
 *   hold all permits no job is started, so that the open job can still grow.
 * - *reading*: the job is started, which freezes its range. Its pages are read in order and delivered within the
 *   lane's in-flight limit. Progress is kept as the time up to which everything was acknowledged; after a crash reading
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
    const { permits, settings } = this.lane;
    try {
      for (;;) {
        await this.#untilJob(stop);
        await permits.acquire(stop);
        permits.release(1);
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
    const tracker = new AcknowledgementTracker();
    let failure: unknown;
    try {
      await this.#deliverRange(job, tracker, deliveries, stop, abandon);
    } catch (error) {
      if (!deliveries.signal.aborted) failure = error;
    }
    await deliveries.settled().catch((error) => {
      if (!(error instanceof NotArrivedError)) throw error;
      failure = error;
      this.lane.permits.release(tracker.permitsHeld());
    });
    stop.throwIfAborted();
    if (failure === undefined) {
      this.#failures = 0;
      this.reports.finished(name, job);
    } else if (failure instanceof RangeClippedError) {
      const { fromMicros, heldFromMicros } = failure;
      this.reports.clipped(name, fromMicros, Math.min(heldFromMicros, job.toMicros));
      await this.lane.passJob(job.job, heldFromMicros, abandon);
    } else {
      this.#failures += 1;
      this.reports.failed(name, failure);
      await sleep(backoffMillis(this.#failures, this.random()), stop);
    }
  }

  async #deliverRange(
    { job, fromMicros, toMicros }: Readonly<BackfillJob>,
    tracker: AcknowledgementTracker,
    deliveries: Deliveries,
    stop: AbortSignal,
    abandon: AbortSignal,
  ): Promise<void> {
    const { permits, settings } = this.lane;
    let through = fromMicros;
    const deliver = async (records: readonly OutgoingRecord[], passes: number) => {
      if (records.length === 0 && tracker.extend(passes)) return;
      await permits.acquire(deliveries.signal);
      const place = { tracker, batch: tracker.begin(passes), job };
      deliveries.add(this.lane.deliver(records, place, stop, abandon));
    };
    for await (const page of this.reader.read({ fromMicros, toMicros }, deliveries.signal)) {
      const batches = cutBatches(page.records, settings.limits, settings.formatter);
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
      await untilCalled((listener) => this.journal.onRecords(listener), stop);
  }
}

/** A page in batches, in its order, each record as `formatter` makes it. */
export function cutBatches(
  records: readonly JournalRecord[],
  limits: BatchLimits,
  formatter: Formatter,
): OutgoingRecord[][] {
  const batches: OutgoingRecord[][] = [];
  let batch: OutgoingRecord[] = [];
  let total = 0;
  for (const { id, createdMicros, body: stored } of records) {
    const body = formatter(stored);
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
