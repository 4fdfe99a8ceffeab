import type { Destination } from "./destinations/destination";
import type { Journal } from "./journal/journal";
import type { Condition } from "./lanes/attempts";

/** How a lane stands, as the status page and readiness show it. */
export interface LaneStatus {
  destination: string;
  kind: string;
  level: Destination["level"];
  /** `parked`: it takes no events from the journal until its destination answers. */
  state: Condition["state"] | "parked";
  reason?: string;
  acknowledgedPosition: number;
  /** Records of the journal that the lane has not passed. */
  behind: number;
  /** Age of the oldest event or login record that the destination does not have; absent when it has all. */
  oldestUnacknowledgedSeconds?: number;
  deadLetters: number;
  /** Ranges that the lane has still to read again from ZITADEL. */
  jobs: { from: string; to: string }[];
}

export function laneStatus(
  name: string,
  { kind, level }: Destination,
  condition: Condition,
  journal: Journal,
  nowMillis: number,
): LaneStatus {
  const { acknowledged, parked, eventsFrom } = journal.lane(name);
  const { lastPosition, deadLetters } = journal.status();
  const waiting = [journal.oldestUnacknowledged(name), journal.firstOtherUnacknowledged(name)].filter(
    (time) => time !== undefined,
  );
  return {
    destination: name,
    kind,
    level,
    state: parked ? "parked" : condition.state,
    reason: condition.state === "delivering" ? undefined : condition.reason,
    acknowledgedPosition: acknowledged,
    behind: parked ? 0 : lastPosition - Math.max(acknowledged, eventsFrom),
    oldestUnacknowledgedSeconds:
      waiting.length === 0 ? undefined : Math.max(0, nowMillis / 1000 - Math.min(...waiting) / 1e6),
    deadLetters: deadLetters.get(name) ?? 0,
    jobs: journal
      .jobs()
      .filter(({ lane }) => lane === name)
      .map(({ fromMicros, toMicros }) => ({ from: iso(fromMicros), to: iso(toMicros) })),
  };
}

function iso(micros: number): string {
  return new Date(micros / 1000).toISOString();
}
