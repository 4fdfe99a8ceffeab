import { setImmediate as nextIteration } from "node:timers/promises";
import { digestOfIds } from "../../checkpoint/checkpoint";
import { creationMicros, formatMicros } from "../../records/micros";
import type { Retries } from "../../zitadel/retry";
import { Commits, type CommitsOptions, SOURCE, type Uncommitted } from "./commits";
import type { Cursor } from "./cursor";
import { advance, type EdgeName, nextStep, SETTLE_MICROS, type Step, stepBack } from "./edges";
import { recordsOf } from "./reading";
import { ReadSchedule } from "./readSchedule";
import type { Recount } from "./recount";
import type { Retention } from "./retention";
import type { Selection } from "./selection";
import type { WindowRead, WindowReader } from "./windowReader";

export interface FollowingOptions extends CommitsOptions {
  reader: WindowReader;
  recount: Recount;
  retries: Retries;
  retention: Retention;
  selection: Selection;
  /** Finds names for what was read, as far as that can be done in a moment. */
  nameRead: (read: WindowRead, signal: AbortSignal) => Promise<unknown>;
}

/**
 * Iterations of the event loop until a request is on the wire: undici looks for one whether an idle connection
 * still stands. A commit before that would only begin ZITADEL's work when ours is done.
 */
const ITERATIONS_TO_SEND = 3;

/**
 * Follows the log: reads what `nextStep` says and commits it with the cursor. One read at a time; the next one
 * is on its way while the last one is committed.
 */
export class Following {
  readonly commits: Commits;
  private readonly schedule: ReadSchedule;
  /** The last read: a field, since a local variable would keep its events in memory beside those of the next. */
  private uncommitted: Uncommitted | undefined;
  /** Set while ZITADEL's clock was seen to go back during a read. */
  private backTo: number | undefined;
  /** When the last read succeeded, our milliseconds. */
  lastReadAt: number | undefined;

  constructor(private readonly options: FollowingOptions) {
    this.commits = new Commits(options);
    this.schedule = new ReadSchedule(options.clock, options.events.readShare);
  }

  get checkpointFailing(): boolean {
    return this.options.checkpoints.failing;
  }

  /** How far was read and committed. */
  get committed(): Readonly<Cursor> {
    return this.commits.committed;
  }

  private get cursor(): Cursor {
    return this.commits.cursor;
  }

  private set cursor(cursor: Cursor) {
    this.commits.cursor = cursor;
  }

  /** ZITADEL's clock went back: what is created from now on lies behind the edges. */
  clockWentBack(toMicros: number): void {
    this.options.logger.warn(
      { to: formatMicros(toMicros) },
      "ZITADEL's clock went back; reading again from there",
    );
    this.backTo = Math.min(toMicros, this.backTo ?? toMicros);
    this.cursor = { ...this.cursor, edges: stepBack(this.cursor.edges, toMicros) };
  }

  /** Follows until the signal is aborted (then it rejects with the reason) or the time frame is read. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, checkpoints, recount } = this.options;
    await this.passDelivered(signal);
    try {
      for (;;) {
        signal.throwIfAborted();
        const step = this.next();
        if ("read" in step) {
          await this.readOn(step, signal);
          continue;
        }
        await this.commit(signal);
        if ("ended" in step) break;
        await recount.whileIdle(signal);
        await clock.sleep(step.wait, signal);
      }
    } finally {
      // What was read and could not be committed in time is read again at the next start.
      if (this.uncommitted && signal.aborted) {
        this.commits.store(this.uncommitted);
        this.uncommitted = undefined;
      }
      if (!this.uncommitted) await checkpoints.last();
    }
    await recount.rest(signal);
    this.options.logger.info({ to: this.options.events.filter.to }, "the time frame has been read");
  }

  /** Reads what a step says, and commits meanwhile what the step before it read. */
  private async readOn(step: Extract<Step, { read: EdgeName }>, signal: AbortSignal): Promise<void> {
    const { retries } = this.options;
    this.backTo = undefined;
    const reading = this.read(step, signal).catch((error: unknown) => ({ error }));
    for (let iteration = 0; iteration < ITERATIONS_TO_SEND; iteration += 1) await nextIteration();
    await this.commit(signal);
    const outcome = await reading;
    if ("error" in outcome) {
      await retries.failed(outcome.error, signal);
      return;
    }
    retries.succeeded();
    if (outcome.clipped) await this.commits.reportClipped(outcome.clipped, signal);
    this.uncommitted = this.took(step, outcome.read);
  }

  private async commit(signal: AbortSignal): Promise<void> {
    if (this.uncommitted) {
      await this.options.nameRead(this.uncommitted.read, signal);
      await this.commits.commit(this.uncommitted, signal);
    }
    this.uncommitted = undefined;
    // Only now the cursor says what the journal holds: a read that is not committed has moved it already.
    this.options.checkpoints.due();
  }

  /** Reads what a step says; far behind, retention may have removed it before. */
  private async read({ read: edge, span, live }: Extract<Step, { read: EdgeName }>, signal: AbortSignal) {
    const { reader, selection, retention } = this.options;
    const read = await reader.read(span, selection.filter, signal);
    const behind = edge === "tail" && !live;
    return { read, clipped: behind ? await retention.clipped(read.span, signal) : undefined };
  }

  /**
   * After the loss of a journal: what the checkpoint says was delivered is read again, bucket by bucket. Where number
   * and digest are the same nothing is new, and it is only noted as taken in; else the bucket is delivered again.
   */
  private async passDelivered(signal: AbortSignal): Promise<void> {
    const { journal, reader, retries, selection, createRecord, logger } = this.options;
    for (let bucket = this.cursor.delivered[0]; bucket; bucket = this.cursor.delivered[0]) {
      const [from, to, count, digest] = bucket;
      const reads: WindowRead[] = [];
      for (let at = from; at < to; at = reads.at(-1)!.span.toMicros) {
        const span = { fromMicros: at, toMicros: to };
        reads.push(await retries.until(() => reader.read(span, selection.filter, signal), signal));
      }
      const records = reads.map((read) => recordsOf(read, this.commits.context(), createRecord));
      const ids = new Set(records.flatMap(({ events }) => events.map(({ id }) => id)));
      const same = ids.size === count && digestOfIds(ids) === digest;
      if (!same)
        logger.info({ from: formatMicros(from), events: ids.size, before: count }, "delivering a span again");
      const delivered = this.cursor.delivered.slice(1);
      for (const [index, read] of reads.entries()) {
        this.cursor = { ...this.cursor, edges: advance(this.cursor.edges, read, this.delays) };
        if (index === reads.length - 1) this.cursor = { ...this.cursor, delivered };
        if (same) journal.commitDelivered(SOURCE, records[index]!.events, this.commits.cursorText());
        else await this.commits.commit({ edge: "tail", first: true, read }, signal);
      }
    }
  }

  private next(): Step {
    const { zitadelClock, clock, events } = this.options;
    return nextStep(this.cursor.edges, {
      ...this.schedule.due(),
      earliest: zitadelClock.earliest(),
      latest: zitadelClock.latest(),
      now: clock.now(),
      endMicros: events.filter.to === undefined ? Number.POSITIVE_INFINITY : creationMicros(events.filter.to),
      delays: this.delays,
    });
  }

  private get delays() {
    return { settleMicros: SETTLE_MICROS, sweepMicros: this.cursor.sweepMicros };
  }

  /** Moves the edges over what was read. */
  private took(step: Extract<Step, { read: EdgeName }>, read: WindowRead): Uncommitted {
    const edges = advance(this.cursor.edges, read, this.delays);
    const first = read.span.toMicros > this.cursor.edges.tail || step.read === "tail";
    this.cursor = {
      ...this.cursor,
      edges: this.backTo === undefined ? edges : stepBack(edges, this.backTo),
    };
    this.lastReadAt = this.options.clock.now();
    this.schedule.observe(step, read, this.options.reader.limit);
    return { edge: step.read, first, read };
  }
}
