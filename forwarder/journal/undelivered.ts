import type { Backlog } from "./backlog";
import { eventsDoneThrough, type LaneTable } from "./laneTable";

/** The creation time of the oldest event that a lane still has to deliver; undefined when there is none. */
export function oldestUnacknowledged(name: string, lanes: LaneTable, backlog: Backlog): number | undefined {
  const lane = lanes.lane(name);
  const times = lanes.jobs.filter((job) => job.lane === name).map(({ fromMicros }) => fromMicros);
  const held = lane.parked ? undefined : backlog.after(eventsDoneThrough(lane));
  if (held) times.push(held.oldest);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** The same over all lanes: what was created before was acknowledged by every destination. */
export function oldestUndelivered(lanes: LaneTable, backlog: Backlog): number | undefined {
  const times = [...lanes.lanes.keys()].map((name) => oldestUnacknowledged(name, lanes, backlog));
  const held = times.filter((time) => time !== undefined);
  return held.length === 0 ? undefined : Math.min(...held);
}
