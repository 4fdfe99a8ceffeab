import type { Logger } from "pino";
import type { Journal } from "../../journal/journal";
import type { PendingCheck } from "../../journal/loginTable";
import type { RangeReader } from "../../journal/sourceJournal";
import { salted } from "../../records/loginMatch";
import { createNotice } from "../../records/notice";
import { commitWithBackpressure } from "../backpressure";
import type { KeptCursor } from "./cursor";
import type { Metrics } from "./metrics";
import { askPeer, type PeerAnswer } from "./peers";
import { readChecksAgain } from "./recheck";
import { afterAnswer, type LostJournal, leftBehind, lostNotice, stillKnown } from "./replicas";
import { peerReport } from "./verdicts";

/** What each replica answers, by its ordinal; an Error where it does not answer. */
export type Answers = ReadonlyMap<number, PeerAnswer | Error>;

/** The range of a question that is after the replica's journal alone. */
export const NOTHING = { fromMicros: 0, toMicros: 0 };

export interface OtherReplicasOptions {
  /** Base URLs of their health listeners, from ordinal 1 on. */
  peers: readonly string[];
  journal: Journal;
  ranges: RangeReader;
  kept: KeptCursor;
  /** A record belongs to no check that is further away. */
  toleranceMicros: number;
  metrics: Pick<Metrics, "peerFailures" | "journalsLost">;
  logger: Logger;
}

/**
 * The other replicas, as ordinal 0 knows them: which login records they hold, and whether they still have the journals
 * that they had. A journal that is lost is said, and the checks among the events that its records may have reported are
 * read again and judged again.
 */
export class OtherReplicas {
  constructor(private readonly options: OtherReplicasOptions) {
    const { peers, kept, logger } = options;
    const { replicas } = kept.cursor;
    for (const replica of leftBehind(replicas, peers.length))
      logger.warn(
        { replica },
        "a replica was scaled in that held login records not delivered yet: scale out again before its claim is deleted",
      );
    const known = stillKnown(replicas, peers.length);
    if (Object.keys(known).length < Object.keys(replicas).length)
      kept.keep({ ...kept.cursor, replicas: known });
  }

  /** Asks them all which records of a time they hold. */
  async ask(range: { fromMicros: number; toMicros: number }, signal: AbortSignal): Promise<Answers> {
    const { peers, journal, metrics } = this.options;
    const answers = await Promise.all(
      peers.map((peer) => askPeer(peer, journal.id, range, signal).catch((error: Error) => error)),
    );
    signal.throwIfAborted();
    metrics.peerFailures.inc(answers.filter((answer) => answer instanceof Error).length);
    return new Map(answers.map((answer, index) => [index + 1, answer]));
  }

  /** Takes in which of the checks' records they hold. */
  addReports(answers: Answers, checks: readonly PendingCheck[]): void {
    const { journal } = this.options;
    const keys = new Map(checks.flatMap(({ keys }) => keys).map((key) => [salted(journal.id, key), key]));
    for (const answer of answers.values())
      if (!(answer instanceof Error))
        journal.addPeerReports(
          answer.reports.flatMap((report) => {
            const key = keys.get(report.key);
            return key === undefined ? [] : [peerReport(report, key)];
          }),
        );
  }

  /** Whether some have other journals than before. What was lost is said and kept to be judged again. */
  async journalsLost(answers: Answers, signal: AbortSignal): Promise<boolean> {
    const { journal, ranges, kept, metrics, logger } = this.options;
    let known = kept.cursor.replicas;
    const lost: LostJournal[] = [];
    for (const [ordinal, answer] of answers) {
      if (answer instanceof Error) continue;
      const after = afterAnswer(known, ordinal, answer, ranges.readThroughMicros());
      known = after.known;
      if (after.lost) lost.push(after.lost);
    }
    if (lost.length === 0) {
      if (JSON.stringify(known) !== JSON.stringify(kept.cursor.replicas))
        kept.keep({ ...kept.cursor, replicas: known });
      return false;
    }
    const context = { instanceId: journal.instance()!, observedDate: new Date().toISOString() };
    const notices = lost.map((one) => createNotice(lostNotice(one), one.journal, context));
    await commitWithBackpressure(() => this.#keepLost(lost, known, notices), { journal, logger }, signal);
    for (const one of lost) {
      const { type: _, message, ...details } = lostNotice(one);
      logger.error(details, message);
    }
    metrics.journalsLost.inc(lost.length);
    return true;
  }

  #keepLost(
    lost: readonly LostJournal[],
    replicas: KeptCursor["cursor"]["replicas"],
    notices: ReturnType<typeof createNotice>[],
  ): void {
    const { kept, ranges, toleranceMicros } = this.options;
    const first = Math.min(...lost.map(({ fromMicros }) => fromMicros)) - toleranceMicros;
    const fromMicros = Math.min(first, kept.cursor.recheck?.fromMicros ?? Number.POSITIVE_INFINITY);
    const recheck = { fromMicros, toMicros: ranges.readThroughMicros() };
    kept.keep({ ...kept.cursor, replicas, recheck }, notices, (logins) => logins.recheckFrom(first));
  }

  /** Notes checks again that may have been reported by records which are lost: a part of them at each call. */
  async recheck(signal: AbortSignal): Promise<void> {
    const { kept, ranges, logger } = this.options;
    const range = kept.cursor.recheck;
    if (!range) return;
    const { checks, throughMicros } = await readChecksAgain(range, ranges, logger, signal);
    const { recheck: _, ...rest } = kept.cursor;
    const done = throughMicros >= range.toMicros;
    kept.keep(done ? rest : { ...rest, recheck: { ...range, fromMicros: throughMicros } }, [], (logins) =>
      logins.note(checks),
    );
    if (done) logger.info({}, "the login checks of the time of a lost journal are read again");
  }
}
