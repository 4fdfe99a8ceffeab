import { formatMicros } from "../../records/micros";
import type { Instance } from "../../zitadel/client";
import type { MonotonicClock, ZitadelClock } from "../../zitadel/clock";
import type { ReadFault, Retries } from "../../zitadel/retry";
import type { Following } from "./following";
import type { Recount, RecountStatement } from "./recount";
import type { Selection } from "./selection";

/** What readiness and the status page show of the source. */
export interface EventsSourceState {
  phase: "starting" | "catching up" | "following" | "ended" | "stopped";
  /** What keeps it from reading at present. */
  fault?: ReadFault;
  instance?: { id: string; version: string };
  /** How far the log is read and in the journal, RFC 3339. */
  edges?: { tail: string; settled: string; swept: string };
  lagSeconds?: number;
  lastReadAgeSeconds?: number;
  sweepSeconds?: number;
  unknownTypes: string[];
  poison: number;
  /** Whether a checkpoint is kept, and whether it can be written. */
  checkpoint: "none" | "kept" | "failing";
  recount?: RecountStatement;
}

/** Behind by more than this it is catching up. Seconds. */
const FOLLOWING_SECONDS = 60;

/** What the state is drawn from; what is not known yet is undefined. */
export interface StateParts {
  mode: "starting" | "reading" | "ended" | "stopped";
  retries: Retries;
  instance: Instance | undefined;
  following: Following | undefined;
  selection: Selection | undefined;
  recount: Recount | undefined;
  clock: MonotonicClock;
  zitadelClock: ZitadelClock;
  /** Whether there is a place for a checkpoint. */
  kept: boolean;
}

/** The source's state at this moment. */
export function sourceState(parts: StateParts): EventsSourceState {
  const { mode, retries, instance, following, selection, recount, clock, zitadelClock, kept } = parts;
  const position = following?.committed;
  const lagSeconds = position && Math.max(0, (zitadelClock.latest() - position.edges.tail) / 1_000_000);
  const lastReadAt = following?.lastReadAt;
  return {
    phase: mode !== "reading" ? mode : (lagSeconds ?? 0) > FOLLOWING_SECONDS ? "catching up" : "following",
    fault: retries.fault,
    instance: instance && { id: instance.id, version: instance.version },
    edges: position && {
      tail: formatMicros(position.edges.tail),
      settled: formatMicros(position.edges.settled),
      swept: formatMicros(position.edges.swept),
    },
    lagSeconds,
    lastReadAgeSeconds: lastReadAt === undefined ? undefined : (clock.now() - lastReadAt) / 1000,
    sweepSeconds: position && position.sweepMicros / 1_000_000,
    unknownTypes: selection ? [...selection.unknownEventTypes, ...selection.unknownAggregateTypes] : [],
    poison: following?.commits.poison ?? 0,
    checkpoint: !kept ? "none" : following?.checkpointFailing ? "failing" : "kept",
    recount: recount?.statement,
  };
}
