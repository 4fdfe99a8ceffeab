import type { Logger } from "pino";
import type { Configuration } from "../../../contract";
import type { CommitResult, SourceJournal } from "../../journal/sourceJournal";
import type { ReadingContext } from "../../records/eventRecord";
import { formatMicros } from "../../records/micros";
import { createNotice } from "../../records/notice";
import type { JournalRecord } from "../../records/record";
import type { Instance } from "../../zitadel/client";
import type { MonotonicClock, ZitadelClock } from "../../zitadel/clock";
import { commitWithBackpressure } from "../backpressure";
import type { Checkpoints } from "./checkpoints";
import type { Cursor } from "./cursor";
import { type EdgeName, SETTLE_MICROS } from "./edges";
import type { Metrics } from "./metrics";
import { type CreateRecord, recordsOf } from "./reading";
import { type Clipped, clippedNotice } from "./retention";
import type { WindowRead } from "./windowReader";

/** The source's name in the journal. */
export const SOURCE = "events";

/** An empty read moves the cursor only; that is kept on disk this often. Milliseconds. */
const CURSOR_MILLIS = 5_000;
/** The sweep widens to at most so many times what is configured. */
const WIDEST_SWEEP = 8;
/** Late events found make the next look back reach this far, and twice as far each time. Microseconds. */
const LOOK_BACK = 60_000_000;

const FORKED =
  "ZITADEL's history was forked: places in it now hold other events than before, as after a restore of its database; both are delivered";

/** A window that was read and is not yet committed. */
export interface Uncommitted {
  edge: EdgeName;
  /** It is the first read of this span, not one that looks for late events. */
  first: boolean;
  read: WindowRead;
}

export interface CommitsOptions {
  events: Configuration["events"];
  journal: SourceJournal;
  clock: MonotonicClock;
  zitadelClock: ZitadelClock;
  createRecord: CreateRecord;
  checkpoints: Checkpoints;
  metrics: Metrics;
  logger: Logger;
  instance: Instance;
  cursor: Cursor;
}

/** Commits what was read together with the cursor, and draws from it what the journal had not known before. */
export class Commits {
  /** How far was read. */
  cursor: Cursor;
  /** How far was read when the last commit was made: what the checkpoint may say. */
  committed: Cursor;
  /** Committed events that were created after the tail edge: ids and creation times. */
  readonly ahead = new Map<string, number>();
  /** Events that could not be identified. */
  poison = 0;
  private lookBack = LOOK_BACK;
  private committedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: CommitsOptions) {
    this.cursor = options.cursor;
    this.committed = options.cursor;
  }

  /** Commits; waits for space while the journal is full. */
  commit(uncommitted: Uncommitted, signal: AbortSignal): Promise<void> {
    return commitWithBackpressure(() => this.store(uncommitted), this.options, signal);
  }

  /** Reports that ZITADEL's retention was faster than the reading; waits for space while the journal is full. */
  reportClipped(clipped: Clipped, signal: AbortSignal): Promise<void> {
    const { journal, metrics, logger } = this.options;
    const { notice, key } = clippedNotice(clipped);
    logger.error({ from: notice.from, heldFrom: notice.heldFrom }, notice.message);
    metrics.clipped.inc();
    const record = createNotice(notice, key, this.context());
    return commitWithBackpressure(
      () => journal.commit(SOURCE, [record], this.cursorText()),
      this.options,
      signal,
    );
  }

  /** Commits now. Throws JournalFullError. */
  store({ edge, first, read }: Uncommitted): void {
    const { journal, metrics, logger, createRecord, checkpoints } = this.options;
    const context = this.context();
    const { events, notices, poison: found } = recordsOf(read, context, createRecord);
    const now = this.options.clock.now();
    if (events.length + notices.length === 0 && now < this.committedAt + CURSOR_MILLIS) {
      this.committed = this.cursor;
      return;
    }

    this.cursor = { ...this.cursor, heldFrom: this.horizon() };
    const result = this.take(events, context);
    // Only now: what the journal forgets must be said by a cursor that is on disk.
    journal.forgetIdsBefore(this.cursor.heldFrom);
    this.committed = this.cursor;
    this.committedAt = now;
    // What a later read finds again has been reported.
    const reported = notices.length === 0 ? 0 : journal.commit(SOURCE, notices, this.cursorText()).inserted;
    const poison = Math.min(found, reported);
    metrics.committed.inc(result.inserted);
    metrics.repeated.inc(result.repeated);
    if (result.inserted > 0) checkpoints.changed(read.span);
    this.noteAhead(events);
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
    if (!first) this.noteLate(edge as "settled" | "swept", read, result.inserted);
  }

  private noteAhead(events: readonly JournalRecord[]): void {
    const { tail } = this.cursor.edges;
    for (const [id, createdMicros] of this.ahead) if (createdMicros < tail) this.ahead.delete(id);
    for (const { id, createdMicros } of events) if (createdMicros >= tail) this.ahead.set(id, createdMicros);
  }

  /** Commits events of this context, and with them, in one transaction, what they show of a fork. */
  private take(events: readonly JournalRecord[], context: ReadingContext): CommitResult {
    const { journal, metrics, logger } = this.options;
    const result = journal.commit(SOURCE, events, this.cursorText(), (places) => [
      forkNotice(places, context),
    ]);
    const { forked } = result;
    if (forked.length > 0) {
      metrics.forked.inc(forked.length);
      logger.error({ places: forked.length, first: forked[0] }, FORKED);
    }
    return result;
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
      edges: { ...edges, swept: Math.max(swept, this.cursor.heldFrom, this.cursor.startMicros) },
    };
  }

  /** Ids are kept for one more sweep than they are needed, for a sweep that widens and for the recount. */
  private horizon(): number {
    const { edges, sweepMicros, heldFrom } = this.cursor;
    const horizon = edges.swept - sweepMicros;
    return horizon < heldFrom + SETTLE_MICROS ? heldFrom : horizon;
  }

  /** What a record made now says besides its event. */
  context(): ReadingContext {
    const { instance, zitadelClock } = this.options;
    return { instanceId: instance.id, observedDate: formatMicros(zitadelClock.earliest()) };
  }

  /** Commits records that another look found missing, with the cursor. */
  repair(records: readonly JournalRecord[], recounted: number): void {
    this.cursor = { ...this.cursor, recounted };
    this.take(records, this.context());
  }

  /** The cursor as the journal keeps it. */
  cursorText(): string {
    return JSON.stringify(this.cursor);
  }
}

function forkNotice(places: CommitResult["forked"], context: ReadingContext): JournalRecord {
  // The same places may fork once more, after another restore.
  const key = JSON.stringify([context.observedDate, places]);
  return createNotice({ type: "history_forked", message: FORKED, places }, key, context);
}
