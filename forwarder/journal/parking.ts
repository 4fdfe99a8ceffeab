import { eventsDoneThrough, type LanePosition } from "./laneTable";

/** The share of the backlog that parking must set free to be worth a second reading at ZITADEL. */
const WORTH_PARKING = 0.25;

/**
 * The lane to park when the journal is at its limit, or undefined when none should be.
 *
 * It is the one furthest behind. For events it is parked only when that frees a good part of the backlog for
 * a lane that is ahead: where no lane is ahead, the source waits instead, and ZITADEL keeps what was not read.
 * Records of other sources exist nowhere else: for them (`scarce`) any backlog of events is dropped.
 */
export function laneToPark(
  lanes: readonly LanePosition[],
  lastPosition: number,
  scarce: boolean,
): LanePosition | undefined {
  const following = lanes
    .filter(({ parked }) => !parked)
    .sort((a, b) => eventsDoneThrough(a) - eventsDoneThrough(b));
  const [last, next] = following;
  if (!last) return undefined;
  const behind = lastPosition - eventsDoneThrough(last);
  if (behind <= 0) return undefined;
  if (scarce) return last;
  return next && eventsDoneThrough(next) - eventsDoneThrough(last) >= behind * WORTH_PARKING
    ? last
    : undefined;
}
