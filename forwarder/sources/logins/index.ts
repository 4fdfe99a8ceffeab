import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import type { Configuration } from "../../../components/configuration";
import type { Journal } from "../../journal/journal";
import { REPORT_MICROS } from "../../journal/loginTable";
import type { ReadingContext } from "../../records/eventRecord";
import { salted } from "../../records/loginMatch";
import { creationMicros, formatMicros } from "../../records/micros";
import type { LoginCheck, ZitadelEvent } from "../../records/record";
import { commitWhenRoom } from "../events/room";
import type { Source, SourceState } from "../source";
import { readCheck } from "./checks";
import { createMetrics } from "./metrics";
import { askPeer } from "./peers";
import { judge, peerReport, type Verdict } from "./verdicts";

/** The source's name in the journal. */
const SOURCE = "logins";
/** How often it is looked for checks that are due. Milliseconds. */
const LOOK_MILLIS = 5_000;
/** A verdict waits at most so long for a replica that does not answer, or for a log that is not read. Microseconds. */
const LONGEST_WAIT = 600_000_000;
/** So many checks in a row without any script's record, and the scripts are said to be silent. */
const SILENT_CHECKS = 10;

export interface LoginsSourceOptions {
  logins: NonNullable<Configuration["logins"]>;
  /** How many proxies in front of ZITADEL are trusted. */
  trustedProxies: number;
  journal: Journal;
  /** How far the events are read, microseconds of ZITADEL's time. */
  eventsReadThrough(): number;
  /** How far the logs are read, microseconds; absent where that road is not declared. */
  logsReadThrough?(): number;
  /** Base URLs of the other replicas' health listeners: they take webhook calls, too. */
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
}

export interface LoginsSource extends Source {
  state(): LoginsSourceState;
  /** Decides what is due and can be decided; `run` does it again and again. */
  look(signal: AbortSignal): Promise<void>;
  /**
   * The journal was lost, and with it which checks waited and what scripts had reported; all created before
   * `deliveredMicros` was delivered. Checks that may have waited are watched anew.
   */
  journalLost(deliveredMicros: number): void;
  /** The login check that an event is, of an organization that is watched and since it is. */
  checkOf(event: ZitadelEvent, context: ReadingContext): LoginCheck | undefined;
}

/** What is kept in the journal. */
interface Cursor {
  /** By organization: checks created from then on have to be reported, microseconds. */
  since: Record<string, number>;
  /** Checks in a row that no script reported, and when the first of them was created. */
  unreported: number;
  unreportedFrom?: number;
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
  let cursor: Cursor = { since: {}, unreported: 0, ...JSON.parse(journal.readCursor(SOURCE) ?? "{}") };
  let waiting: string | undefined;
  const silent = () => cursor.unreported >= SILENT_CHECKS;
  const metrics = createMetrics(options.registry, {
    silent,
    waiting: () => waiting !== undefined,
    pending: () => journal.logins.checks().filter(({ sent }) => !sent).length,
  });

  /** Decides what is due and can be decided. */
  async function look(signal: AbortSignal): Promise<void> {
    const through = options.eventsReadThrough();
    const checks = journal.logins.checks();
    const dueMicros = through - missingAfterMicros;
    const due = checks.filter(({ createdMicros, sent }) => !sent && createdMicros < dueMicros);
    waiting = undefined;
    const times = (limit: number) => ({ dueMicros: limit, toleranceMicros });
    let verdict = judge(journal.logins, checks, journal.id, times(dueMicros));
    if (verdict.missing.length > 0) {
      const first = Math.min(...due.map(({ createdMicros }) => createdMicros));
      const decidable = await decidableBefore({ fromMicros: first, toMicros: through }, checks, signal);
      verdict = judge(
        journal.logins,
        checks,
        journal.id,
        times(Math.min(dueMicros, Math.max(decidable, dueMicros - LONGEST_WAIT))),
      );
    }
    await commitWhenRoom(() => store(verdict, dueMicros), { journal, logger }, signal);
  }

  /** Before which time checks can be decided: logs were read so far, and every replica told what it holds. */
  async function decidableBefore(
    { fromMicros, toMicros }: { fromMicros: number; toMicros: number },
    checks: ReturnType<Journal["logins"]["checks"]>,
    signal: AbortSignal,
  ): Promise<number> {
    const keys = new Map(checks.flatMap(({ keys }) => keys).map((key) => [salted(journal.id, key), key]));
    const range = {
      fromMicros: Math.floor(fromMicros - toleranceMicros),
      toMicros: Math.ceil(toMicros + toleranceMicros),
    };
    const answers = await Promise.allSettled(peers.map((peer) => askPeer(peer, journal.id, range, signal)));
    signal.throwIfAborted();
    for (const answer of answers) {
      if (answer.status === "rejected") {
        metrics.peerFailures.inc();
        wait((answer.reason as Error).message);
        continue;
      }
      journal.learnReports(
        answer.value.flatMap((report) => {
          const key = keys.get(report.key);
          return key === undefined ? [] : [peerReport(report, key)];
        }),
      );
    }
    if (waiting !== undefined) return 0;
    const logs = (options.logsReadThrough?.() ?? Number.POSITIVE_INFINITY) - toleranceMicros;
    if (logs < toMicros - missingAfterMicros) wait("ZITADEL's logs are not read so far yet");
    return logs;
  }

  function wait(reason: string): void {
    if (waiting === undefined) logger.warn({ reason }, "checks wait for their verdict");
    waiting = reason;
  }

  /** Keeps a verdict, with the records of checks that no script reported. */
  function store(verdict: Verdict, dueMicros: number): void {
    const { missing, reported, late } = verdict;
    const next = counted(verdict);
    if (missing.length + reported.length === 0) return;
    const records = missing.flatMap((id) => journal.logins.record(id) ?? []);
    journal.commitVerdicts(SOURCE, records, JSON.stringify(next), {
      ...verdict,
      reportsBeforeMicros: dueMicros - REPORT_MICROS,
      sentBeforeMicros: dueMicros - LONGEST_WAIT - missingAfterMicros,
    });
    const wasSilent = silent();
    cursor = next;
    metrics.reported.inc(reported.length - late);
    metrics.late.inc(late);
    metrics.missing.inc(missing.length);
    if (missing.length > 0)
      logger.warn(
        { checks: missing.length },
        "no script reported these logins in time: they are sent as records made from the events",
      );
    if (silent() && !wasSilent) logger.error({ since: since(next) }, SILENT);
    if (!silent() && wasSilent) logger.info({}, "scripts report logins again");
  }

  function counted({ missing, reported }: Verdict): Cursor {
    const { unreportedFrom, ...rest } = cursor;
    const newest = journal.logins.newestReport() ?? Number.NEGATIVE_INFINITY;
    if (reported.length > 0 || (unreportedFrom !== undefined && newest >= unreportedFrom))
      return { ...rest, unreported: 0 };
    if (missing.length === 0) return cursor;
    const first = Math.min(
      ...missing.map((id) => journal.logins.record(id)?.createdMicros ?? Number.POSITIVE_INFINITY),
    );
    return {
      ...rest,
      unreported: cursor.unreported + missing.length,
      unreportedFrom: unreportedFrom ?? first,
    };
  }

  return {
    name: SOURCE,
    look,
    ready: () => true,
    state: () => ({
      since: Object.fromEntries(
        Object.entries(cursor.since).map(([organization, micros]) => [organization, formatMicros(micros)]),
      ),
      ...(silent() ? { silent: `${SILENT} (since ${since(cursor)})` } : {}),
      ...(waiting === undefined ? {} : { waiting }),
    }),
    journalLost(deliveredMicros) {
      // A check waited at most so long.
      const micros = deliveredMicros - missingAfterMicros - LONGEST_WAIT;
      cursor = { ...cursor, since: Object.fromEntries([...organizations].map((id) => [id, micros])) };
      journal.commit(SOURCE, [], JSON.stringify(cursor));
    },
    checkOf(event, context) {
      const owner = event.aggregate.resourceOwner;
      if (owner === undefined || !organizations.has(owner)) return undefined;
      if (cursor.since[owner] === undefined) {
        cursor = { ...cursor, since: { ...cursor.since, [owner]: creationMicros(context.observedDate) } };
        // On disk before the first check is: after a kill it must not be a later time.
        journal.commit(SOURCE, [], JSON.stringify(cursor));
      }
      const check = readCheck(event, context, options.trustedProxies);
      return check && check.createdMicros >= cursor.since[owner]! ? check : undefined;
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

function since({ unreportedFrom }: Cursor): string | undefined {
  return unreportedFrom === undefined ? undefined : formatMicros(unreportedFrom);
}
