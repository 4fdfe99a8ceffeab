import type { Logger } from "pino";
import type { Registry } from "prom-client";
import type { Configuration } from "../../../contract";
import type { Checkpoint } from "../../checkpoint/checkpoint";
import type { RangeReader, SourceJournal } from "../../journal/contract";
import { formatMicros } from "../../records/micros";
import type { Source } from "../source";
import { zitadelAccess } from "./access";
import { Checkpoints, type CheckpointsOptions } from "./checkpoints";
import type { EventsClient } from "./client";
import { type MonotonicClock, monotonicClock } from "./clock";
import { Following } from "./following";
import { createMetrics } from "./metrics";
import { Names } from "./names";
import { openCursor } from "./openCursor";
import { createRangeReader } from "./ranges";
import { type CreateRecord, recordsOf } from "./reading";
import { Recount } from "./recount";
import { held, Retention } from "./retention";
import { Retries } from "./retry";
import type { SearchFilter } from "./search";
import { type Selection, select } from "./selection";
import { type EventsSourceState, sourceState } from "./state";
import { Turns } from "./turns";
import type { Span } from "./window";
import { type WindowRead, WindowReader } from "./windowReader";

export type { EventsSourceState } from "./state";

export interface EventsSourceOptions {
  configuration: Configuration;
  /** Folder that the credentials' files lie in; they are read again at each use. */
  secrets: string;
  journal: SourceJournal;
  /** Called once with the id of the instance that answers, before anything is committed; throws to refuse it. */
  bindInstance?: (instanceId: string) => void;
  createRecord: CreateRecord;
  /** Where the checkpoint is kept; without it the loss of the journal cannot be told from a first start. */
  checkpoint?: CheckpointsOptions;
  /** Hears of a lost journal before anything is read again, and what its last checkpoint says. */
  journalLost?(checkpoint: Checkpoint): void;
  logger: Logger;
  registry: Registry;
  /** Default: the process's own monotonic clock. */
  clock?: MonotonicClock;
  /** 0 to 1, for the jitter of pauses. Default Math.random. */
  random?: () => number;
  /** Events asked for in one page. Default 1000, the most that ZITADEL gives. */
  pageLimit?: number;
}

/**
 * Reads until the signal is aborted or the time frame of the filter is read. `run` rejects with a Problem when
 * going on would be wrong: its message and `details.remedy` are for a person.
 */
export interface EventsSource extends Source {
  ranges: RangeReader;
  state(): EventsSourceState;
}

/** The source of ZITADEL's events: from the Events API into the journal. */
export function createEventsSource(options: EventsSourceOptions): EventsSource {
  const { configuration, secrets, journal, logger, registry } = options;
  const { zitadel, events } = configuration;
  const clock = options.clock ?? monotonicClock;
  let following: Following | undefined;
  let selection: Selection | undefined;
  let recount: Recount | undefined;
  let instance: Awaited<ReturnType<EventsClient["instance"]>> | undefined;
  let phase: "starting" | "reading" | "ended" | "stopped" = "starting";

  const { connection, zitadelClock, client } = zitadelAccess({
    zitadel,
    secrets,
    clock,
    clockWentBack: (toMicros) => following?.clockWentBack(toMicros),
  });
  const metrics = createMetrics(registry, {
    lagSeconds: () => state().lagSeconds,
    lastReadAgeSeconds: () => state().lastReadAgeSeconds,
    sweepSeconds: () => state().sweepSeconds,
    unknownTypes: () => state().unknownTypes.length,
    problem: () => (retries.obstacle || phase === "stopped" ? 1 : 0),
  });
  const attempts = () =>
    new Retries({
      clock,
      logger,
      random: options.random ?? Math.random,
      onFailure: (kind) => metrics.failures.inc({ kind }),
    });
  const retries = attempts();
  const known = { aggregateTypes: [] as string[], eventTypes: [] as string[] };
  const turns = new Turns();
  const names = events.enrichment.names
    ? new Names({ client, clock, zitadelClock, turns, registry })
    : undefined;
  const createRecord = names ? names.naming(options.createRecord) : options.createRecord;
  /** Finds names for what was read, where names are wanted. */
  const nameRead = async (read: WindowRead, signal: AbortSignal) => {
    await names?.prepare(read.events, instance!.id, signal);
    return read;
  };
  const reader = new WindowReader({
    client,
    clock,
    zitadelClock,
    turns,
    known,
    limit: options.pageLimit,
    onPage: ({ size, millis }) => {
      metrics.reads.inc();
      metrics.read.inc(size);
      metrics.readSeconds.observe(millis / 1000);
    },
  });
  let opened = () => {};
  const ready = new Promise<void>((resolve) => {
    opened = resolve;
  });
  const context = () => ({ instanceId: instance!.id, observedDate: formatMicros(zitadelClock.earliest()) });
  const stillHeld = (signal: AbortSignal) => held(client, instance!, zitadelClock.latest(), signal);
  const ranges = createRangeReader({
    read: async (span: Span, signal) =>
      nameRead(await reader.read(span, selection!.filter, signal, false), signal),
    records: (read) => {
      const { events, notices } = recordsOf(read, context(), createRecord);
      return [...journal.withSessions(events), ...notices];
    },
    held: stillHeld,
    tailMicros: () => following?.committed.edges.tail ?? 0,
    ready,
    retries: attempts(),
    clock,
    limit: reader.limit,
    readShare: events.readShare,
  });

  async function start(signal: AbortSignal): Promise<Following> {
    const found = await retries.until(() => client.instance(signal), signal);
    instance = found;
    logger.info({ instance: found.id, version: found.version }, "ZITADEL answers");
    options.bindInstance?.(found.id);
    const chosen = await retries.until(async () => {
      known.eventTypes = await client.eventTypes(signal);
      known.aggregateTypes = await client.aggregateTypes(signal);
      return select(events.filter, known);
    }, signal);
    selection = chosen;
    const unknownTypes = [...chosen.unknownEventTypes, ...chosen.unknownAggregateTypes];
    if (unknownTypes.length > 0)
      logger.error(
        { unknownTypes },
        "events.filter names types that ZITADEL does not know: correct them; the others are read",
      );

    const checkpoints = new Checkpoints({
      place: options.checkpoint,
      journal,
      position: () => following?.committed,
      ahead: () => following!.commits.ahead,
      clock,
      zitadelClock,
      logger,
      signal,
    });
    if (!options.checkpoint)
      logger.warn({}, "no --checkpoint: if the journal is lost, reading begins again at events.startFrom");
    const retention = new Retention({ held: stillHeld, clock });
    const cursor = await openCursor({
      events,
      journal,
      client,
      checkpoints,
      retries,
      retention,
      zitadelClock,
      instance: found,
      selection: chosen,
      journalLost: options.journalLost,
      metrics,
      logger,
      signal,
    });
    const counting: Recount = new Recount({
      journal,
      read: (span, filter: SearchFilter, during) => reader.read(span, filter, during, false),
      filter: chosen.filter,
      aggregateTypes: () => known.aggregateTypes,
      records: (read) => recordsOf(read, context(), createRecord).events,
      position: () => following!.commits.cursor,
      heldFromMicros: () => following!.commits.cursor.heldFrom,
      repair: (records, recounted) => following!.commits.repair(records, recounted),
      metrics,
      logger,
    });
    recount = counting;
    return new Following({
      events,
      journal,
      reader,
      clock,
      zitadelClock,
      createRecord,
      nameRead,
      checkpoints,
      recount: counting,
      retries,
      retention,
      metrics,
      logger,
      instance: found,
      selection: chosen,
      cursor,
    });
  }

  const state = () =>
    sourceState({
      phase,
      retries,
      instance,
      following,
      selection,
      recount,
      clock,
      zitadelClock,
      kept: !!options.checkpoint,
    });

  return {
    name: "events",
    ranges,
    state,
    ready: () => state().lastReadAgeSeconds !== undefined,
    async run(signal) {
      try {
        following = await start(signal);
        opened();
        phase = "reading";
        await following.run(signal);
        phase = "ended";
      } catch (error) {
        phase = "stopped";
        if (!signal.aborted) throw error;
      } finally {
        if (phase === "stopped") await connection.close();
      }
    },
  };
}
