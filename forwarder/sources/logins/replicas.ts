import type { ReplicaJournals } from "../../checkpoint/checkpoint";
import { formatMicros } from "../../records/micros";
import type { NoticeOf } from "../../records/notice";
import type { PeerAnswer } from "./peers";

/** The journal of another replica that is gone. */
export interface LostJournal {
  ordinal: number;
  journal: string;
  /** Login records of what happened from then on may have been in it and are with no destination. Microseconds. */
  fromMicros: number;
}

/** What is reported of it. */
export function lostNotice({ ordinal, journal, fromMicros }: LostJournal): NoticeOf<"replica_journal_lost"> {
  const from = formatMicros(fromMicros);
  return {
    type: "replica_journal_lost",
    message: `replica ${ordinal} has another journal than before: login records that it took since ${from} and that no destination had yet are lost; the login checks among the events are judged again from there`,
    replica: ordinal,
    journal,
    from,
  };
}

/** How fine the time is kept up to which all was delivered: it is kept whenever it changes. Microseconds. */
const STEP = 60_000_000;

/**
 * What is known of the replicas' journals once one was asked. A replica that has another journal than before has
 * lost that one: the claim of an ordinal keeps its journal, whatever becomes of the pod.
 *
 * @param readThroughMicros how far the events are read: of what happened later nothing is said yet
 */
export function afterAnswer(
  known: ReplicaJournals,
  ordinal: number,
  { journal, undeliveredMicros }: Pick<PeerAnswer, "journal" | "undeliveredMicros">,
  readThroughMicros: number,
): { known: ReplicaJournals; lost?: LostJournal } {
  const through = Math.min(undeliveredMicros ?? Number.POSITIVE_INFINITY, readThroughMicros);
  const deliveredMicros = Math.floor(through / STEP) * STEP;
  const before = known[ordinal];
  const now = { journal, deliveredMicros, waiting: undeliveredMicros !== undefined };
  return {
    known: { ...known, [ordinal]: now },
    ...(before && before.journal !== journal
      ? { lost: { ordinal, journal: before.journal, fromMicros: before.deliveredMicros } }
      : {}),
  };
}

/**
 * The journals that count while so many other replicas are declared. One that was scaled in after all that it held had
 * been delivered is forgotten: its claim may be deleted, and the ordinal that comes back then has lost nothing.
 */
export function stillKnown(known: ReplicaJournals, replicas: number): ReplicaJournals {
  return Object.fromEntries(
    Object.entries(known).filter(([ordinal, { waiting }]) => waiting || Number(ordinal) <= replicas),
  );
}

/** Ordinals that are not declared any more although they held records that some destination had not. */
export function leftBehind(known: ReplicaJournals, replicas: number): number[] {
  return Object.keys(known)
    .map(Number)
    .filter((ordinal) => ordinal > replicas && known[ordinal]!.waiting);
}
