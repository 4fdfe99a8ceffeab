import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import type { Configuration } from "../../../contract";
import type { Checkpoint, LoginsCheckpoint } from "../../checkpoint/checkpoint";
import type { RangeReader } from "../../journal/contract";
import type { Journal } from "../../journal/journal";
import { REPORT_MICROS } from "../../journal/loginTable";
import type { ReadingContext } from "../../records/eventRecord";
import { creationMicros, formatMicros } from "../../records/micros";
import type { LoginCheck, ZitadelEvent } from "../../records/record";
import { commitWhenRoom } from "../events/room";
import type { Source, SourceState } from "../source";
import { readCheck } from "./checks";
import { type Cursor, counted, isSilent, KeptCursor, unreportedSince } from "./cursor";
import { createMetrics } from "./metrics";
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
  /** Set while checks are read again and judged anew, because a replica lost its journal. */
  anew?: { from: string; to: string };
}

export interface LoginsSource extends Source {
  state(): LoginsSourceState;
  /** Decides what is due and can be decided; `run` does it again and again. */
  look(signal: AbortSignal): Promise<void>;
  /**
   * The journal was lost, and with it which checks waited, what scripts had reported and which journals the other
   * replicas had. Checks that may have waited are watched anew.
   */
  journalLost(checkpoint: Pick<Checkpoint, "deliveredMicros" | "logins">): void;
  /** What a checkpoint has to keep of the other replicas. */
  checkpoint(): LoginsCheckpoint;
  /** The login check that an event is, of an organization that is watched and since it is. */
  checkOf(event: ZitadelEvent, context: ReadingContext): LoginCheck | undefined;
}

/**
 * Holds the login checks among the events against the records that scripts reported, here and at the other
 * replicas. A check whose record has not come in time is counted, and sent as a login record made from the event.
 */
export function createLoginsSource(options: LoginsSourceOptions): LoginsSource {
  const { logins, journal, peers, logger } = options;
  const missingAfterMicros = logins.missingAfterSeconds * 1_000_000;
  // Half of it: the checks that the records around one belong to have the other half to be read.
  const toleranceMicros = missingAfterMicros / 2;
  const organizations = new Set(logins.organizations.map(({ id }) => id));
  const kept = new KeptCursor(journal, SOURCE);
  let waiting: string | undefined;
  const silent = () => isSilent(kept.cursor);
  const metrics = createMetrics(options.registry, {
    silent,
    waiting: () => waiting !== undefined,
    pending: () => journal.logins.checks().filter(({ sent }) => !sent).length,
  });

  const replicas = new OtherReplicas({
    peers,
    journal,
    ranges: options.ranges,
    kept,
    toleranceMicros,
    metrics,
    logger,
  });

  /** Decides what is due and can be decided. */
  async function look(signal: AbortSignal): Promise<void> {
    // Before the first read nothing is known of any time.
    if (options.ranges.readThroughMicros() === 0) return;
    await replicas.noteAgain(signal);
    // While checks are read again, only up to there it is certain which there are.
    const through = Math.min(
      options.ranges.readThroughMicros(),
      kept.cursor.anew?.fromMicros ?? Number.POSITIVE_INFINITY,
    );
    const checks = journal.logins.checks();
    const dueMicros = through - missingAfterMicros;
    const due = checks.filter(({ createdMicros, sent }) => !sent && createdMicros < dueMicros);
    waiting = undefined;
    const judgeBefore = (limit: number) =>
      judge(journal.logins, checks, journal.id, { dueMicros: limit, toleranceMicros });
    let verdict = judgeBefore(dueMicros);
    const undecided = verdict.missing.length > 0;
    const first = Math.min(...due.map(({ createdMicros }) => createdMicros));
    const range = {
      fromMicros: Math.floor(first - toleranceMicros),
      toMicros: Math.ceil(through + toleranceMicros),
    };
    const answers = await replicas.ask(undecided ? range : NOTHING, signal);
    if (await replicas.journalsLost(answers, signal)) return;
    if (undecided) {
      replicas.learn(answers, checks);
      const decidable = decidableBefore(answers, dueMicros);
      verdict = judgeBefore(Math.min(dueMicros, Math.max(decidable, dueMicros - LONGEST_WAIT)));
    }
    await commitWhenRoom(() => store(verdict, dueMicros), { journal, logger }, signal);
  }

  /** Before which time checks can be decided: logs were read so far, and every replica told what it holds. */
  function decidableBefore(answers: Answers, dueMicros: number): number {
    const unanswered = [...answers.values()].find((answer) => answer instanceof Error);
    if (unanswered) {
      wait(unanswered.message);
      return 0;
    }
    const logs = (options.logsReadThrough?.() ?? Number.POSITIVE_INFINITY) - toleranceMicros;
    if (logs < dueMicros) wait("ZITADEL's logs are not read so far yet");
    return logs;
  }

  function wait(reason: string): void {
    if (waiting === undefined) logger.warn({ reason }, "checks wait for their verdict");
    waiting = reason;
  }

  /** Keeps a verdict, with the records of checks that no script reported. */
  function store(verdict: Verdict, dueMicros: number): void {
    const { missing, reported, late } = verdict;
    const records = missing.flatMap((id) => journal.logins.record(id) ?? []);
    const next = counted(kept.cursor, {
      reported: reported.length,
      missing: records.map(({ createdMicros }) => createdMicros),
      newestReport: journal.logins.newestReport(),
    });
    if (missing.length + reported.length === 0) return;
    const wasSilent = silent();
    kept.keep(next, records, (logins) =>
      logins.decide({
        ...verdict,
        reportsBeforeMicros: dueMicros - REPORT_MICROS,
        sentBeforeMicros: dueMicros - LONGEST_WAIT - missingAfterMicros,
      }),
    );
    metrics.reported.inc(reported.length - late);
    metrics.late.inc(late);
    metrics.missing.inc(missing.length);
    if (missing.length > 0)
      logger.warn(
        { checks: missing.length },
        "no script reported these logins in time: they are sent as records made from the events",
      );
    if (silent() && !wasSilent) logger.error({ since: unreportedSince(kept.cursor) }, SILENT);
    if (!silent() && wasSilent) logger.info({}, "scripts report logins again");
  }

  return {
    name: SOURCE,
    look,
    ready: () => true,
    state: () => ({
      since: Object.fromEntries(
        Object.entries(kept.cursor.since).map(([organization, micros]) => [
          organization,
          formatMicros(micros),
        ]),
      ),
      ...(silent() ? { silent: `${SILENT} (since ${unreportedSince(kept.cursor)})` } : {}),
      ...(waiting === undefined ? {} : { waiting }),
      ...replicasState(kept.cursor),
    }),
    journalLost({ deliveredMicros, logins: known }) {
      // A check waited at most so long.
      const micros = deliveredMicros - missingAfterMicros - LONGEST_WAIT;
      const since = Object.fromEntries([...organizations].map((id) => [id, micros]));
      kept.keep({ ...kept.cursor, ...known, since });
    },
    checkpoint: () => ({ replicas: kept.cursor.replicas, anew: kept.cursor.anew }),
    checkOf(event, context) {
      const owner = event.aggregate.resourceOwner;
      if (owner === undefined || !organizations.has(owner)) return undefined;
      if (kept.cursor.since[owner] === undefined) {
        const since = { ...kept.cursor.since, [owner]: creationMicros(context.observedDate) };
        // On disk before the first check is: after a kill it must not be a later time.
        kept.keep({ ...kept.cursor, since });
      }
      const check = readCheck(event, context, options.trustedProxies);
      return check && check.createdMicros >= kept.cursor.since[owner]! ? check : undefined;
    },
    async run(signal) {
      while (!signal.aborted) {
        await pause(LOOK_MILLIS, undefined, { signal }).catch(() => {});
        if (!signal.aborted)
          await look(signal).catch((error) => {
            if (!signal.aborted) throw error;
          });
      }
    },
  };
}

const SILENT =
  "checks happen and no script reports them: the instance's hosted login may be Login V2, which runs no Actions, or the Actions are not bound";

/** What a person is shown of the other replicas. */
function replicasState({ replicas, anew }: Cursor): Pick<LoginsSourceState, "replicas" | "anew"> {
  const told = Object.entries(replicas).map(([ordinal, { deliveredMicros, waiting }]) => [
    ordinal,
    { deliveredThrough: formatMicros(deliveredMicros), waiting },
  ]);
  return {
    ...(told.length === 0 ? {} : { replicas: Object.fromEntries(told) }),
    ...(anew && { anew: { from: formatMicros(anew.fromMicros), to: formatMicros(anew.toMicros) } }),
  };
}
