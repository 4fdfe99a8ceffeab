import type { Logger } from "pino";
import { MAX_AGGREGATE_TYPES } from "../../../contract";
import { digestOfIds } from "../../checkpoint/checkpoint";
import type { SourceJournal } from "../../journal/sourceJournal";
import { formatMicros } from "../../records/micros";
import type { JournalRecord } from "../../records/record";
import type { Search } from "../../zitadel/search";
import { ZitadelError } from "../../zitadel/zitadelError";
import type { Cursor } from "./cursor";
import type { Metrics } from "./metrics";
import type { Span } from "./window";
import type { WindowRead } from "./windowReader";

/** A recount waits until this part of a sweep's length has been swept since the last one, and takes as much. */
const STRETCH = 0.25;
/** A recount holds at most about so many events. */
const MOST_EVENTS = 5_000;

/** What recounts have shown since the start of this process. */
export interface RecountStatement {
  /**
   * Every event created in this range was counted; undefined before the first recount. It begins again where ids
   * were forgotten before they could be compared. RFC 3339.
   */
  from?: string;
  through?: string;
  events: number;
  /** Events that ZITADEL served and the journal had not committed; they are delivered since. */
  missing: number;
  /** Committed events that ZITADEL no longer served: retention, or a database that was restored. */
  unserved: number;
}

export interface RecountOptions {
  journal: SourceJournal;
  read: (span: Span, filter: Search["filter"], signal: AbortSignal) => Promise<WindowRead>;
  filter: Search["filter"];
  /** Aggregate types to split by. */
  aggregateTypes: () => readonly string[];
  records: (read: WindowRead) => JournalRecord[];
  position: () => Readonly<Cursor>;
  /** Ids of events created before this are forgotten, microseconds. */
  heldFromMicros: () => number;
  /** Commits what was missing and moves the cursor. */
  repair: (records: JournalRecord[], recountedMicros: number) => void;
  metrics: Metrics;
  logger: Logger;
}

/**
 * Reads swept spans once more by another path, split by aggregate type and with other windows, and compares
 * number and digest of the ids with what the journal committed: a check of the reading by something else than
 * itself. It shows nothing about what ZITADEL does not serve, and nothing about spans older than the ids held.
 */
export class Recount {
  readonly statement: RecountStatement = { events: 0, missing: 0, unserved: 0 };
  private work: AsyncGenerator<void, void> | undefined;

  constructor(private readonly options: RecountOptions) {}

  /** Does the next page of a recount, if one is due. */
  async whileIdle(signal: AbortSignal): Promise<void> {
    this.work ??= this.due(signal);
    try {
      if (!this.work || (await this.work.next()).done) this.work = undefined;
    } catch (error) {
      this.work = undefined;
      // The reading itself meets the same problem and says so.
      if (!(error instanceof ZitadelError)) throw error;
    }
  }

  /** Recounts all that is swept. */
  async rest(signal: AbortSignal): Promise<void> {
    for (;;) {
      const work = this.due(signal, 1);
      if (!work) return;
      for await (const _ of work) signal.throwIfAborted();
    }
  }

  /** @param least recounts only when so much is swept, microseconds; default: a stretch */
  private due(signal: AbortSignal, least?: number): AsyncGenerator<void, void> | undefined {
    const { position, heldFromMicros, journal } = this.options;
    const { edges, recounted, sweepMicros } = position();
    const stretch = sweepMicros * STRETCH;
    const from = Math.max(recounted, heldFromMicros());
    let to = Math.min(from + stretch, edges.swept);
    if (to - from < (least ?? stretch)) return undefined;
    let ids = journal.idsCreatedBetween(from, to);
    while (ids.length > MOST_EVENTS && to - from > 1) {
      to = from + Math.ceil(((to - from) * MOST_EVENTS) / ids.length / 2);
      ids = journal.idsCreatedBetween(from, to);
    }
    return this.recount({ fromMicros: from, toMicros: to }, signal);
  }

  private async *recount(span: Span, signal: AbortSignal): AsyncGenerator<void, void> {
    const { filter, aggregateTypes, journal, metrics, logger, heldFromMicros } = this.options;
    const served = new Map<string, JournalRecord>();
    const types = filter.aggregateTypes ?? aggregateTypes();
    for (let index = 0; index < types.length; index += MAX_AGGREGATE_TYPES)
      yield* this.collect(
        span,
        { ...filter, aggregateTypes: types.slice(index, index + MAX_AGGREGATE_TYPES) },
        served,
        signal,
      );
    let committed = journal.idsCreatedBetween(span.fromMicros, span.toMicros);
    if (committed.some((id) => !served.has(id))) {
      // An aggregate type that ZITADEL does not list is served without the split only.
      yield* this.collect(span, filter, served, signal);
      committed = journal.idsCreatedBetween(span.fromMicros, span.toMicros);
    }
    // While the pages were read, the journal may have forgotten ids: what is left of the span can be compared.
    const from = Math.min(span.toMicros, Math.max(span.fromMicros, heldFromMicros()));
    if (from > span.fromMicros) {
      committed = journal.idsCreatedBetween(from, span.toMicros);
      for (const { id, createdMicros } of served.values()) if (createdMicros < from) served.delete(id);
    }

    const same = committed.length === served.size && digestOfIds(committed) === digestOfIds(served.keys());
    const known = same ? undefined : new Set(committed);
    const missing = known ? [...served.values()].filter(({ id }) => !known.has(id)) : [];
    const unserved = committed.length + missing.length - served.size;
    this.options.repair(missing, span.toMicros);
    metrics.recounted.inc(served.size);
    metrics.recountMissing.inc(missing.length);
    metrics.recountUnserved.inc(unserved);
    const { statement } = this;
    if (statement.through !== formatMicros(from)) statement.from = formatMicros(from);
    statement.through = formatMicros(span.toMicros);
    statement.events += served.size;
    statement.missing += missing.length;
    statement.unserved += unserved;
    const bounds = { from: formatMicros(from), to: formatMicros(span.toMicros) };
    if (missing.length > 0)
      logger.error(
        { ...bounds, events: missing.length },
        "a recount found events that had not been read; they are delivered now",
      );
    if (unserved > 0)
      logger.warn(
        { ...bounds, events: unserved },
        "a recount found that ZITADEL no longer serves events that were delivered",
      );
  }

  private async *collect(
    span: Span,
    filter: Search["filter"],
    served: Map<string, JournalRecord>,
    signal: AbortSignal,
  ): AsyncGenerator<void, void> {
    for (let at = span.fromMicros; at < span.toMicros; ) {
      const read = await this.options.read({ fromMicros: at, toMicros: span.toMicros }, filter, signal);
      for (const record of this.options.records(read)) served.set(record.id, record);
      at = read.span.toMicros;
      yield;
    }
  }
}
