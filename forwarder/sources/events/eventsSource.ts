import type { Logger } from "pino";
import type { Registry } from "prom-client";
import type { Configuration } from "../../../contract";
import type { Checkpoint } from "../../checkpoint/checkpoint";
import { PriorityMutex } from "../../concurrency/priorityMutex";
import type { RangeReader, SourceJournal } from "../../journal/sourceJournal";
import type { ReadingContext } from "../../records/eventRecord";
import { formatMicros } from "../../records/micros";
import { zitadelAccess } from "../../zitadel/access";
import type { Instance } from "../../zitadel/client";
import { type MonotonicClock, monotonicClock } from "../../zitadel/clock";
import { Retries } from "../../zitadel/retry";
import type { Source } from "../source";
import { Checkpoints, type CheckpointsOptions } from "./checkpoints";
import { Following } from "./following";
import { createMetrics, type Metrics } from "./metrics";
import { Names } from "./names";
import { openCursor } from "./openCursor";
import { EventRanges } from "./ranges";
import { type CreateRecord, recordsOf } from "./reading";
import { Recount } from "./recount";
import { type Held, held, Retention } from "./retention";
import { type Selection, select } from "./selection";
import { type EventsSourceState, sourceState } from "./state";
import { type WindowRead, WindowReader } from "./windowReader";

export interface EventsSourceOptions {
  configuration: Configuration;
  /** Folder that the credentials' files lie in; they are read again at each use. */
  secrets: string;
  journal: SourceJournal;
  /** Called once with the id of the instance that answers, before anything is committed; throws to refuse it. */
  bindInstance?: (instanceId: string) => void;
  createRecord: CreateRecord;
  /** Where the checkpoint is kept; without it the loss of the journal cannot be distinguished from a first start. */
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
 * The source of ZITADEL's events: from the Events API into the journal.
 *
 * - *starting*: it asks ZITADEL for its instance and for the types that it knows, and finds where to read on, each until
 *   that succeeds.
 * - *reading*: it follows the log (see Following), and ranges can be read again.
 * - *ended*: the time frame of the filter is read.
 * - *stopped*: the signal was aborted, or going on would be wrong: then `run` rejects with a ZitadelError.
 */
export class EventsSource implements Source {
  readonly name = "events";
  /** Reads ranges again once the source reads. */
  readonly ranges: RangeReader;
  #mode: "starting" | "reading" | "ended" | "stopped" = "starting";
  #instance: Instance | undefined;
  #selection: Selection | undefined;
  #recount: Recount | undefined;
  #following: Following | undefined;
  /** Ends what waits for the source to read. */
  #opened = () => {};
  readonly #isOpen = new Promise<void>((resolve) => {
    this.#opened = resolve;
  });
  /** What ZITADEL knows. */
  readonly #types = { aggregateTypes: [] as string[], eventTypes: [] as string[] };
  readonly #mutex = new PriorityMutex();
  readonly #clock: MonotonicClock;
  readonly #zitadel: ReturnType<typeof zitadelAccess>;
  readonly #metrics: Metrics;
  readonly #retries: Retries;
  readonly #names: Names | undefined;
  readonly #createRecord: CreateRecord;
  readonly #reader: WindowReader;

  constructor(private readonly options: EventsSourceOptions) {
    const { configuration, secrets, registry, createRecord } = options;
    const clock = options.clock ?? monotonicClock;
    this.#clock = clock;
    this.#zitadel = zitadelAccess({
      zitadel: configuration.zitadel,
      secrets,
      clock,
      clockWentBack: (toMicros) => this.#following?.clockWentBack(toMicros),
    });
    this.#metrics = this.#createMetrics();
    this.#retries = this.#createRetries();
    const { client, zitadelClock } = this.#zitadel;
    if (configuration.events.enrichment.names)
      this.#names = new Names({ client, clock, zitadelClock, mutex: this.#mutex, registry });
    this.#createRecord = this.#names?.naming(createRecord) ?? createRecord;
    this.#reader = this.#createReader();
    this.ranges = this.#createRanges();
  }

  async run(signal: AbortSignal): Promise<void> {
    try {
      this.#following = await this.#start(signal);
      this.#opened();
      this.#mode = "reading";
      await this.#following.run(signal);
      this.#mode = "ended";
    } catch (error) {
      this.#mode = "stopped";
      if (!signal.aborted) throw error;
    } finally {
      if (this.#mode === "stopped") await this.#zitadel.connection.close();
    }
  }

  state(): EventsSourceState {
    return sourceState({
      mode: this.#mode,
      retries: this.#retries,
      instance: this.#instance,
      following: this.#following,
      selection: this.#selection,
      recount: this.#recount,
      clock: this.#clock,
      zitadelClock: this.#zitadel.zitadelClock,
      kept: this.options.checkpoint !== undefined,
    });
  }

  ready(): boolean {
    return this.#following?.lastReadAt !== undefined;
  }

  async #start(signal: AbortSignal): Promise<Following> {
    const instance = await this.#askInstance(signal);
    const selection = await this.#select(signal);
    const { journal, logger } = this.options;
    const checkpoints = this.#createCheckpoints(signal);
    const retention = new Retention({ held: (during) => this.#held(during), clock: this.#clock });
    const parts = {
      events: this.options.configuration.events,
      journal,
      checkpoints,
      retries: this.#retries,
      retention,
      zitadelClock: this.#zitadel.zitadelClock,
      instance,
      selection,
      metrics: this.#metrics,
      logger,
    };
    const { journalLost } = this.options;
    const cursor = await openCursor({ ...parts, client: this.#zitadel.client, journalLost, signal });
    this.#recount = this.#createRecount(selection);
    return new Following({
      ...parts,
      reader: this.#reader,
      clock: this.#clock,
      createRecord: this.#createRecord,
      nameRead: (read, during) => this.#nameRead(read, during),
      recount: this.#recount,
      cursor,
    });
  }

  async #askInstance(signal: AbortSignal): Promise<Instance> {
    const instance = await this.#retries.until(() => this.#zitadel.client.instance(signal), signal);
    this.#instance = instance;
    this.options.logger.info({ instance: instance.id, version: instance.version }, "ZITADEL answers");
    this.options.bindInstance?.(instance.id);
    return instance;
  }

  /** What the filter selects of the types that ZITADEL knows. */
  async #select(signal: AbortSignal): Promise<Selection> {
    const { client } = this.#zitadel;
    const selection = await this.#retries.until(async () => {
      this.#types.eventTypes = await client.eventTypes(signal);
      this.#types.aggregateTypes = await client.aggregateTypes(signal);
      return select(this.options.configuration.events.filter, this.#types);
    }, signal);
    this.#selection = selection;
    const unknownTypes = [...selection.unknownEventTypes, ...selection.unknownAggregateTypes];
    if (unknownTypes.length > 0)
      this.options.logger.error(
        { unknownTypes },
        "events.filter names types that ZITADEL does not know: correct them; the others are read",
      );
    return selection;
  }

  /** What a record made now says besides its event. */
  #context(): ReadingContext {
    const observedDate = formatMicros(this.#zitadel.zitadelClock.earliest());
    return { instanceId: this.#instance!.id, observedDate };
  }

  /** Finds names for what was read, where names are wanted. */
  async #nameRead(read: WindowRead, signal: AbortSignal): Promise<WindowRead> {
    await this.#names?.prepare(read.events, this.#instance!.id, signal);
    return read;
  }

  /** What ZITADEL still holds. */
  #held(signal: AbortSignal): Promise<Held> {
    const { client, zitadelClock } = this.#zitadel;
    return held(client, this.#instance!, zitadelClock.latest(), signal);
  }

  #createMetrics(): Metrics {
    return createMetrics(this.options.registry, {
      lagSeconds: () => this.state().lagSeconds,
      lastReadAgeSeconds: () => this.state().lastReadAgeSeconds,
      sweepSeconds: () => this.state().sweepSeconds,
      unknownTypes: () => this.state().unknownTypes.length,
      problem: () => (this.#retries.fault || this.#mode === "stopped" ? 1 : 0),
    });
  }

  #createRetries(): Retries {
    const { logger, random = Math.random } = this.options;
    const onFailure = (kind: string) => this.#metrics.failures.inc({ kind });
    return new Retries({ clock: this.#clock, logger, random, onFailure });
  }

  #createReader(): WindowReader {
    const { client, zitadelClock } = this.#zitadel;
    return new WindowReader({
      client,
      clock: this.#clock,
      zitadelClock,
      mutex: this.#mutex,
      known: this.#types,
      limit: this.options.pageLimit,
      onPage: ({ size, millis }) => {
        this.#metrics.reads.inc();
        this.#metrics.read.inc(size);
        this.#metrics.readSeconds.observe(millis / 1000);
      },
    });
  }

  #createRanges(): RangeReader {
    return new EventRanges({
      read: async (span, signal) => {
        const read = await this.#reader.read(span, this.#selection!.filter, signal, false);
        return this.#nameRead(read, signal);
      },
      records: (read) => {
        const { events, notices } = recordsOf(read, this.#context(), this.#createRecord);
        return [...this.options.journal.withSessions(events), ...notices];
      },
      held: (signal) => this.#held(signal),
      tailMicros: () => this.#following?.committed.edges.tail ?? 0,
      ready: this.#isOpen,
      retries: this.#createRetries(),
      clock: this.#clock,
      limit: this.#reader.limit,
      readShare: this.options.configuration.events.readShare,
    });
  }

  #createCheckpoints(signal: AbortSignal): Checkpoints {
    const { checkpoint, journal, logger } = this.options;
    if (!checkpoint)
      logger.warn({}, "no --checkpoint: if the journal is lost, reading begins again at events.startFrom");
    return new Checkpoints({
      place: checkpoint,
      journal,
      position: () => this.#following?.committed,
      ahead: () => this.#following!.commits.ahead,
      clock: this.#clock,
      zitadelClock: this.#zitadel.zitadelClock,
      logger,
      signal,
    });
  }

  #createRecount({ filter }: Selection): Recount {
    const { journal, logger } = this.options;
    const commits = () => this.#following!.commits;
    return new Recount({
      journal,
      read: (span, narrowed, signal) => this.#reader.read(span, narrowed, signal, false),
      filter,
      aggregateTypes: () => this.#types.aggregateTypes,
      records: (read) => recordsOf(read, this.#context(), this.#createRecord).events,
      position: () => commits().cursor,
      heldFromMicros: () => commits().cursor.heldFrom,
      repair: (records, recounted) => commits().repair(records, recounted),
      metrics: this.#metrics,
      logger,
    });
  }
}
