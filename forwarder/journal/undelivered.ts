import type { Backlog } from "./backlog";
import { type BackfillJob, eventsDoneThrough, type LanePosition, type LaneTable } from "./laneTable";

/** Whether a lane still has something to deliver, from the journal or by a job. */
export function owes(lane: LanePosition, jobs: readonly BackfillJob[], lastPosition: number): boolean {
  return lane.acknowledged < lastPosition || jobs.some((job) => job.lane === lane.name);
}

/** The creation time of the oldest event that a lane still has to deliver; undefined when there is none. */
export function oldestUnacknowledged(name: string, lanes: LaneTable, backlog: Backlog): number | undefined {
  const lane = lanes.lane(name);
  const times = lanes.jobs.filter((job) => job.lane === name).map(({ fromMicros }) => fromMicros);
  const held = lane.parked ? undefined : backlog.after(eventsDoneThrough(lane));
  if (held) times.push(held.oldest);
  return times.length === 0 ? undefined : Math.min(...times);
}

/**
 * The creation time of the first record of another source than events that a lane still has to deliver, of those given;
 * undefined when there is none. Such records come nearly in the order of their times.
 */
export function firstOtherUnacknowledged(
  lanes: readonly LanePosition[],
  backlog: Backlog,
): number | undefined {
  return lanes.length === 0
    ? undefined
    : backlog.firstOtherAfter(Math.min(...lanes.map(({ acknowledged }) => acknowledged)));
}

/** The oldest event over all lanes: what was created before was acknowledged by every destination. */
export function oldestUndelivered(lanes: LaneTable, backlog: Backlog): number | undefined {
  const times = [...lanes.lanes.keys()].map((name) => oldestUnacknowledged(name, lanes, backlog));
  const held = times.filter((time) => time !== undefined);
  return held.length === 0 ? undefined : Math.min(...held);
}
