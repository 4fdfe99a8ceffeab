import type { Logger } from "pino";
import type { Configuration } from "../../../components/configuration";
import { digestOfIds } from "../../checkpoint/checkpoint";
import { JournalFullError, type SourceJournal } from "../../journal/contract";
import type { ReadingContext } from "../../records/eventRecord";
import { creationMicros, formatMicros } from "../../records/micros";
import { createNotice, type Notice } from "../../records/notice";
import type { JournalRecord } from "../../records/record";
import type { Checkpoints } from "./checkpoints";
import type { Instance } from "./client";
import type { MonotonicClock, ZitadelClock } from "./clock";
import type { Cursor } from "./cursor";
import { advance, type EdgeName, nextStep, SETTLE_MICROS, type Step, stepBack } from "./edges";
import type { Metrics } from "./metrics";
import { Pace } from "./pace";
import { type CreateRecord, recordsOf } from "./reading";
import type { Recount } from "./recount";
import type { Retries } from "./retry";
import type { Selection } from "./selection";
import type { WindowRead, WindowReader } from "./windowReader";

/** The source's name in the journal. */
export const SOURCE = "events";

/** An empty read moves the cursor only; that is kept on disk this often. Milliseconds. */
const CURSOR_MILLIS = 5_000;
/** The sweep widens to at most so many times what is configured. */
const WIDEST_SWEEP = 8;
/** Late events found make the next look back reach this far, and twice as far each time. Microseconds. */
const LOOK_BACK = 60_000_000;

export interface FollowingOptions {
  events: Configuration["events"];
  journal: SourceJournal;
  reader: WindowReader;
  clock: MonotonicClock;
  zitadelClock: ZitadelClock;
  createRecord: CreateRecord;
  checkpoints: Checkpoints;
  recount: Recount;
  retries: Retries;
  metrics: Metrics;
  logger: Logger;
  instance: Instance;
  selection: Selection;
  cursor: Cursor;
}

/** A window that was read and is not yet committed. */
interface Uncommitted {
  edge: EdgeName;
  /** It is the first read of this span, not one that looks for late events. */
  first: boolean;
  read: WindowRead;
}

/**
 * Follows the log: reads what `nextStep` says and commits it with the cursor. One read at a time; the next one
 * is on its way while the last one is committed.
 */
export class Following {
  private readonly pace: Pace;
  private cursor: Cursor;
  /** Set while ZITADEL's clock was seen to go back during a read. */
  private backTo: number | undefined;
  private lookBack = LOOK_BACK;
  private committedAt = Number.NEGATIVE_INFINITY;
  private forgotten = 0;
  lastReadAt: number | undefined;
  poison = 0;

  constructor(private readonly options: FollowingOptions) {
    this.cursor = options.cursor;
    this.pace = new Pace(options.clock, options.events.readShare);
  }

  /** Ids of events created before this are forgotten. Microseconds. */
  get heldFromMicros(): number {
    return this.forgotten;
  }

  get checkpointFailing(): boolean {
    return this.options.checkpoints.failing;
  }

  get position(): Readonly<Cursor> {
    return this.cursor;
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
    const { clock, reader, retries, selection, checkpoints, recount } = this.options;
    let uncommitted: Uncommitted | undefined;
    await this.passDelivered(signal);
    try {
      for (;;) {
        signal.throwIfAborted();
        const step = this.next();
        if (!("read" in step)) {
          if (uncommitted) await this.commit(uncommitted, signal);
          uncommitted = undefined;
          if ("ended" in step) break;
          await recount.whileIdle(signal);
          await clock.sleep(step.wait, signal);
          continue;
        }
        this.backTo = undefined;
        const reading = reader.read(step.span, selection.filter, signal).then(
          (read) => ({ read }),
          (error: unknown) => ({ error }),
        );
        const earlier: Uncommitted | undefined = uncommitted;
        uncommitted = undefined;
        if (earlier) await this.commit(earlier, signal);
        const outcome = await reading;
        if ("error" in outcome) {
          await retries.failed(outcome.error, signal);
          continue;
        }
        retries.succeeded();
        uncommitted = this.took(step, outcome.read);
        checkpoints.due();
      }
    } finally {
      // What was read and could not be committed in time is read again at the next start.
      if (uncommitted && signal.aborted) this.store(uncommitted);
    }
    await recount.rest(signal);
    this.options.logger.info({ to: this.options.events.filter.to }, "the time frame has been read");
  }

  /**
   * After the loss of a journal: what the checkpoint says was delivered is read again, slot by slot. Where number
   * and digest are the same nothing is new, and it is only noted as taken in; else the slot is delivered again.
   */
  private async passDelivered(signal: AbortSignal): Promise<void> {
    const { journal, reader, retries, selection, createRecord, logger } = this.options;
    for (let slot = this.cursor.delivered[0]; slot; slot = this.cursor.delivered[0]) {
      const [from, to, count, digest] = slot;
      const reads: WindowRead[] = [];
      for (let at = from; at < to; at = reads.at(-1)!.span.toMicros) {
        const span = { fromMicros: at, toMicros: to };
        reads.push(await retries.until(() => reader.read(span, selection.filter, signal), signal));
      }
      const records = reads.map((read) => recordsOf(read, this.context(), createRecord));
      const ids = new Set(records.flatMap(({ events }) => events.map(({ id }) => id)));
      const same = ids.size === count && digestOfIds(ids) === digest;
      if (!same)
        logger.info({ from: formatMicros(from), events: ids.size, before: count }, "delivering a span again");
      const delivered = this.cursor.delivered.slice(1);
      for (const [index, read] of reads.entries()) {
        this.cursor = { ...this.cursor, edges: advance(this.cursor.edges, read, this.delays) };
        if (index === reads.length - 1) this.cursor = { ...this.cursor, delivered };
        if (same) journal.commitDelivered(SOURCE, records[index]!.events, this.cursorText());
        else await this.commit({ edge: "tail", first: true, read }, signal);
      }
    }
  }

  private next(): Step {
    const { zitadelClock, clock, events } = this.options;
    return nextStep(this.cursor.edges, {
      ...this.pace.due(),
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
    this.pace.took(step, read, this.options.reader.limit);
    return { edge: step.read, first, read };
  }

  /** Commits; waits for room while the journal is full. */
  private async commit(uncommitted: Uncommitted, signal: AbortSignal): Promise<void> {
    for (;;) {
      try {
        this.store(uncommitted);
        return;
      } catch (error) {
        if (!(error instanceof JournalFullError)) throw error;
        this.options.logger.warn({}, `${error.message}: reading waits until there is room`);
        await this.options.journal.room(signal);
      }
    }
  }

  private store({ edge, first, read }: Uncommitted): void {
    const { journal, metrics, logger, createRecord, checkpoints } = this.options;
    const context = this.context();
    const { events, notices, poison } = recordsOf(read, context, createRecord);
    const now = this.options.clock.now();
    if (events.length + notices.length === 0 && now < this.committedAt + CURSOR_MILLIS) return;

    const result = journal.commit(SOURCE, events, this.cursorText());
    this.committedAt = now;
    if (notices.length > 0) journal.commit(SOURCE, notices, this.cursorText());
    metrics.committed.inc(result.inserted);
    metrics.repeated.inc(result.repeated);
    if (result.inserted > 0) checkpoints.changed(read.span);
    if (poison > 0) {
      this.poison += poison;
      metrics.poison.inc(poison);
      logger.error(
        { events: poison },
        "ZITADEL returned events that cannot be identified; they are reported as notices",
      );
    }
    if (!read.proven) {
      metrics.unproven.inc();
      logger.error(
        { at: formatMicros(read.span.fromMicros) },
        "a microsecond is too crowded to be read whole for certain",
      );
    }
    if (result.forked.length > 0) this.forked(result.forked, context);
    if (!first) this.noteLate(edge as "settled" | "swept", read, result.inserted);
    this.forget();
  }

  private forked(
    places: { aggregateType: string; aggregateId: string; sequence: number }[],
    context: ReadingContext,
  ) {
    const { journal, metrics, logger } = this.options;
    metrics.forked.inc(places.length);
    const message =
      "ZITADEL's history was forked: places in it now hold other events than before, as after a restore of its database; both are delivered";
    logger.error({ places: places.length, first: places[0] }, message);
    const notice: Notice = { type: "history_forked", message, places };
    journal.commit(SOURCE, [createNotice(notice, JSON.stringify(places), context)], this.cursorText());
  }

  /** Events that only a later look found: look further back, and longer. */
  private noteLate(edge: "settled" | "swept", read: WindowRead, inserted: number): void {
    const { logger, metrics, events } = this.options;
    // A filter that was widened finds events that were not asked for before: they are not late.
    if (inserted === 0 || read.span.fromMicros < this.cursor.filter.sinceMicros) {
      if (edge === "settled") this.lookBack = LOOK_BACK;
      return;
    }
    metrics.late.inc({ edge }, inserted);
    const { edges } = this.cursor;
    if (edge === "settled") {
      const back = Math.max(edges.swept, Math.min(edges.settled, read.span.fromMicros - this.lookBack));
      logger.warn({ events: inserted, lookingBackTo: formatMicros(back) }, "events became visible late");
      this.cursor = { ...this.cursor, edges: { ...edges, settled: back } };
      this.lookBack *= 2;
      return;
    }
    const widest = events.sweepSeconds * 1_000_000 * WIDEST_SWEEP;
    const sweepMicros = Math.min(widest, this.cursor.sweepMicros * 2);
    logger.warn(
      { events: inserted, sweepSeconds: sweepMicros / 1_000_000 },
      "events became visible very late",
    );
    const swept = Math.min(edges.swept, this.options.zitadelClock.earliest() - sweepMicros);
    this.cursor = {
      ...this.cursor,
      sweepMicros,
      edges: { ...edges, swept: Math.max(swept, this.forgotten, this.cursor.startMicros) },
    };
  }

  /** Ids are kept for one more sweep than they are needed, for a sweep that widens and for the recount. */
  private forget(): void {
    const horizon = this.cursor.edges.swept - this.cursor.sweepMicros;
    if (horizon < this.forgotten + SETTLE_MICROS) return;
    this.options.journal.forgetIdsBefore(horizon);
    this.forgotten = horizon;
  }

  context(): ReadingContext {
    const { instance, zitadelClock } = this.options;
    return { instanceId: instance.id, observedDate: formatMicros(zitadelClock.earliest()) };
  }

  /** Commits records that another look found missing, with the cursor. */
  repair(records: readonly JournalRecord[], recounted: number): void {
    this.cursor = { ...this.cursor, recounted };
    this.options.journal.commit(SOURCE, records, this.cursorText());
  }

  private cursorText(): string {
    return JSON.stringify(this.cursor);
  }
}
