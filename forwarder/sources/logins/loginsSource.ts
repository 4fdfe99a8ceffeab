import type { Logger } from "pino";
import type { Registry } from "prom-client";
import type { Configuration } from "../../../contract";
import type { Checkpoint, LoginsCheckpoint } from "../../checkpoint/checkpoint";
import { pause, untilAborted } from "../../concurrency/waiting";
import type { Journal } from "../../journal/journal";
import { type PendingCheck, REPORT_MICROS } from "../../journal/loginTable";
import type { RangeReader } from "../../journal/sourceJournal";
import type { ReadingContext } from "../../records/eventRecord";
import { creationMicros, formatMicros } from "../../records/micros";
import type { LoginNote, ZitadelEvent } from "../../records/record";
import { commitWithBackpressure } from "../backpressure";
import type { Source, SourceState } from "../source";
import { readCheck } from "./checks";
import { type Cursor, counted, isSilent, KeptCursor, unreportedSince } from "./cursor";
import { createMetrics, type Metrics } from "./metrics";
import { type Answers, NOTHING, OtherReplicas } from "./otherReplicas";
import { judge, type Verdict } from "./verdicts";

/** The source's name in the journal. */
const SOURCE = "logins";
/** How often it is looked for checks that are due. Milliseconds. */
const LOOK_MILLIS = 5_000;
/** A verdict waits at most so long for a replica that does not answer, or for a log that is not read. Microseconds. */
const LONGEST_WAIT = 600_000_000;

export interface LoginsSourceOptions {
  logins: NonNullable<Configuration["logins"]>;
  /** How many proxies in front of ZITADEL are trusted. */
  trustedProxies: number;
  journal: Journal;
  /** How far the events are read, and those of a range again. */
  ranges: RangeReader;
  /** How far the logs are read, microseconds; absent where that source is not declared. */
  logsReadThrough?(): number;
  /** Base URLs of the other replicas' health listeners, from ordinal 1 on: they take webhook calls, too. */
  peers: readonly string[];
  logger: Logger;
  registry: Registry;
}

/** What readiness and the status page show. */
export interface LoginsSourceState extends SourceState {
  /** From when on checks are watched, by organization. */
  since: Record<string, string>;
  /** Set while checks happen and no script reports. */
  silent?: string;
  /** Set while verdicts wait: why. */
  waiting?: string;
  /** By ordinal: up to where what another replica took was delivered, and whether more waits there. */
  replicas?: Record<string, { deliveredThrough: string; waiting: boolean }>;
  /** Set while checks are read again and judged again, because a replica lost its journal. */
  recheck?: { from: string; to: string };
}

/**
 * Holds the login checks among the events against the records that scripts reported, here and at the other replicas.
 *
 * A check is
 * - *pending* from the commit of its event on;
 * - *reported* once a script's record is found that belongs to it; it is only counted then;
 * - *missing* when none has come in time: it is counted, and sent as a login record made from the event. A script's
 *   record that comes later still belongs to it.
 *
 * The source looks again and again for checks that are due, and then
 * - *rechecks* first, while a replica's journal was lost: events are read again part by part, and only checks before
 *   them are judged;
 * - *judges* what is due and can be decided;
 * - *waits* with the rest while a replica does not answer or a log is not read so far, for a time.
 */
export class LoginsSource implements Source {
  readonly name = SOURCE;
  readonly #kept: KeptCursor;
  readonly #organizations: ReadonlySet<string>;
  readonly #missingAfterMicros: number;
  readonly #toleranceMicros: number;
  readonly #metrics: Metrics;
  readonly #replicas: OtherReplicas;
  /** Why verdicts wait; undefined while none does. */
  #waiting: string | undefined;

  constructor(private readonly options: LoginsSourceOptions) {
    const { logins, journal, peers, ranges, logger } = options;
    this.#missingAfterMicros = logins.missingAfterSeconds * 1_000_000;
    // Half of it: the checks that the records around one belong to have the other half to be read.
    this.#toleranceMicros = this.#missingAfterMicros / 2;
    this.#organizations = new Set(logins.organizations.map(({ id }) => id));
    this.#kept = new KeptCursor(journal, SOURCE);
    this.#metrics = createMetrics(options.registry, {
      silent: () => isSilent(this.#kept.cursor),
      waiting: () => this.#waiting !== undefined,
      pending: () => journal.logins.checks().filter(({ sent }) => !sent).length,
    });
    this.#replicas = new OtherReplicas({
      peers,
      journal,
      ranges,
      kept: this.#kept,
      toleranceMicros: this.#toleranceMicros,
      metrics: this.#metrics,
      logger,
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(LOOK_MILLIS, signal);
      if (!signal.aborted) await untilAborted(this.look(signal), signal);
    }
  }

  ready(): boolean {
    return true;
  }

  state(): LoginsSourceState {
    const { cursor } = this.#kept;
    const since = [...this.options.journal.logins.watchedSince];
    return {
      since: Object.fromEntries(since.map(([organization, micros]) => [organization, formatMicros(micros)])),
      ...(isSilent(cursor) ? { silent: `${SILENT} (since ${unreportedSince(cursor)})` } : {}),
      ...(this.#waiting === undefined ? {} : { waiting: this.#waiting }),
      ...replicasState(cursor),
    };
  }

  /**
   * What the journal has to note with an event of an organization that is watched: the login check that it is, and for
   * the first event of the organization from when on it is watched. Undefined for any other event. Changes nothing.
   */
  noteOf(event: ZitadelEvent, context: ReadingContext): LoginNote | undefined {
    const owner = event.aggregate.resourceOwner;
    if (owner === undefined || !this.#organizations.has(owner)) return undefined;
    const known = this.options.journal.logins.watchedSince.get(owner);
    const sinceMicros = known ?? creationMicros(context.observedDate);
    const check = readCheck(event, context, this.options.trustedProxies);
    const watched = check && check.createdMicros >= sinceMicros ? { check } : undefined;
    return known === undefined ? { ...watched, watch: { organization: owner, sinceMicros } } : watched;
  }

  /**
   * The journal was lost, and with it which checks waited, what scripts had reported and which journals the other
   * replicas had. Checks that may have waited are watched again.
   */
  journalLost({ deliveredMicros, logins: known }: Pick<Checkpoint, "deliveredMicros" | "logins">): void {
    // A check waited at most so long.
    const sinceMicros = deliveredMicros - this.#missingAfterMicros - LONGEST_WAIT;
    this.#kept.keep({ ...this.#kept.cursor, ...known }, [], (logins) => {
      for (const organization of this.#organizations) logins.watchAgain({ organization, sinceMicros });
    });
  }

  /** What a checkpoint has to keep of the other replicas. */
  checkpoint(): LoginsCheckpoint {
    const { replicas, recheck } = this.#kept.cursor;
    return { replicas, recheck };
  }

  /** Decides what is due and can be decided; `run` does it again and again. */
  async look(signal: AbortSignal): Promise<void> {
    const { journal, ranges, logger } = this.options;
    // Before the first read nothing is known of any time.
    if (ranges.readThroughMicros() === 0) return;
    await this.#replicas.recheck(signal);
    // While checks are read again, only up to there it is certain which there are.
    const unsureFrom = this.#kept.cursor.recheck?.fromMicros ?? Number.POSITIVE_INFINITY;
    const through = Math.min(ranges.readThroughMicros(), unsureFrom);
    const dueMicros = through - this.#missingAfterMicros;
    const checks = journal.logins.checks();
    this.#waiting = undefined;
    let verdict = this.#judge(checks, dueMicros);
    const undecided = verdict.missing.length > 0;
    const range = undecided ? this.#rangeAround(checks, dueMicros, through) : NOTHING;
    const answers = await this.#replicas.ask(range, signal);
    if (await this.#replicas.journalsLost(answers, signal)) return;
    if (undecided) {
      this.#replicas.addReports(answers, checks);
      const decidable = Math.max(this.#decidableBefore(answers, dueMicros), dueMicros - LONGEST_WAIT);
      verdict = this.#judge(checks, Math.min(dueMicros, decidable));
    }
    await commitWithBackpressure(() => this.#store(verdict, dueMicros), { journal, logger }, signal);
  }

  #judge(checks: readonly PendingCheck[], dueMicros: number): Verdict {
    const { journal } = this.options;
    const toleranceMicros = this.#toleranceMicros;
    return judge(journal.logins, checks, journal.id, { dueMicros, toleranceMicros });
  }

  /** The time in which the records of checks that are due can lie. */
  #rangeAround(checks: readonly PendingCheck[], dueMicros: number, throughMicros: number) {
    const due = checks.filter(({ createdMicros, sent }) => !sent && createdMicros < dueMicros);
    const first = Math.min(...due.map(({ createdMicros }) => createdMicros));
    return {
      fromMicros: Math.floor(first - this.#toleranceMicros),
      toMicros: Math.ceil(throughMicros + this.#toleranceMicros),
    };
  }

  /** Before which time checks can be decided: logs were read so far, and every replica said what it holds. */
  #decidableBefore(answers: Answers, dueMicros: number): number {
    const unanswered = [...answers.values()].find((answer) => answer instanceof Error);
    if (unanswered) {
      this.#wait(unanswered.message);
      return 0;
    }
    const logs = (this.options.logsReadThrough?.() ?? Number.POSITIVE_INFINITY) - this.#toleranceMicros;
    if (logs < dueMicros) this.#wait("ZITADEL's logs are not read so far yet");
    return logs;
  }

  #wait(reason: string): void {
    if (this.#waiting === undefined) this.options.logger.warn({ reason }, "checks wait for their verdict");
    this.#waiting = reason;
  }

  /** Keeps a verdict, with the records of checks that no script reported. */
  #store(verdict: Verdict, dueMicros: number): void {
    const { journal } = this.options;
    const { missing, reported } = verdict;
    const records = missing.flatMap((id) => journal.logins.record(id) ?? []);
    const next = counted(this.#kept.cursor, {
      reported: reported.length,
      missing: records.map(({ createdMicros }) => createdMicros),
      newestReport: journal.logins.newestReport(),
    });
    if (missing.length + reported.length === 0) return;
    const wasSilent = isSilent(this.#kept.cursor);
    this.#kept.keep(next, records, (logins) =>
      logins.decide({
        ...verdict,
        reportsBeforeMicros: dueMicros - REPORT_MICROS,
        sentBeforeMicros: dueMicros - LONGEST_WAIT - this.#missingAfterMicros,
      }),
    );
    this.#report(verdict, wasSilent);
  }

  #report({ missing, reported, late }: Verdict, wasSilent: boolean): void {
    const { logger } = this.options;
    this.#metrics.reported.inc(reported.length - late);
    this.#metrics.late.inc(late);
    this.#metrics.missing.inc(missing.length);
    if (missing.length > 0)
      logger.warn(
        { checks: missing.length },
        "no script reported these logins in time: they are sent as records made from the events",
      );
    const { cursor } = this.#kept;
    if (isSilent(cursor) && !wasSilent) logger.error({ since: unreportedSince(cursor) }, SILENT);
    if (!isSilent(cursor) && wasSilent) logger.info({}, "scripts report logins again");
  }
}

const SILENT =
  "checks happen and no script reports them: the instance's hosted login may be Login V2, which runs no Actions, or the Actions are not bound";

/** What a person is shown of the other replicas. */
function replicasState({ replicas, recheck }: Cursor): Pick<LoginsSourceState, "replicas" | "recheck"> {
  const answers = Object.entries(replicas).map(([ordinal, { deliveredMicros, waiting }]) => [
    ordinal,
    { deliveredThrough: formatMicros(deliveredMicros), waiting },
  ]);
  return {
    ...(answers.length === 0 ? {} : { replicas: Object.fromEntries(answers) }),
    ...(recheck && {
      recheck: { from: formatMicros(recheck.fromMicros), to: formatMicros(recheck.toMicros) },
    }),
  };
}
