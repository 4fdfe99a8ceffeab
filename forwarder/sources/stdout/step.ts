import type { Container, Instance } from "./containers";
import type { LogTime } from "./logTime";

/** How far a container's log was taken in. */
export interface Position {
  pod: string;
  container: string;
  /** Which instance of the container. */
  instance: string;
  /** Time of the newest line taken; absent before the first. */
  at?: LogTime;
  /** The instance has ended and its log was read to the end. */
  complete?: true;
}

/** A part of a log that nobody serves any more: between the last line taken and what comes after. */
export interface Gap {
  pod: string;
  container: string;
  from: LogTime;
  to: LogTime;
}

/** What to do next for a container. */
export type Step =
  /** Nothing is to be had until its status changes. */
  | { wait: true }
  /** Read an instance's log from the position on. */
  | { read: Instance; previous: boolean; position: Position }
  /** Go on from this position; with the gap before it, if any. */
  | { move: Position; gap?: Gap }
  /** It will never be read again. */
  | { forget: true; gap?: Gap };

/**
 * Decides what to do next for a container, from what was taken and what the API says of it. Of a container that
 * was never seen everything is read that is served: the previous instance too.
 *
 * @param seen the container's status; undefined when its pod is gone
 * @param observedAt the present time, the latest at which a line that nobody serves can have been written
 */
export function nextStep(
  position: Position | undefined,
  seen: Container | undefined,
  observedAt: LogTime,
): Step {
  if (!seen) return { forget: true, gap: position && gapAfter(position, observedAt) };
  const { current, previous, pod, container } = seen;
  const first = previous ?? current;
  if (!first) return { wait: true };
  const beginOf = ({ id }: Instance): Position => ({ pod, container, instance: id });
  if (!position) return { move: beginOf(first) };
  if (position.instance === current?.id)
    return position.complete ? { wait: true } : { read: current, previous: false, position };
  if (position.instance === previous?.id) {
    if (!position.complete)
      return { read: previous, previous: true, position: within(position, current?.startedAt) };
    return current ? { move: beginOf(current) } : { wait: true };
  }
  // The instance that was read is not served any more: more than one restart has passed.
  return { move: beginOf(first), gap: gapAfter(position, first.startedAt ?? observedAt) };
}

/** A line from after the next instance's start was that instance's: the status was behind. All is read again. */
function within(position: Position, nextStartedAt: LogTime | undefined): Position {
  if (position.at === undefined || nextStartedAt === undefined || position.at < nextStartedAt)
    return position;
  const { at, ...begin } = position;
  return begin;
}

function gapAfter({ pod, container, at, complete }: Position, to: LogTime): Gap | undefined {
  return complete || at === undefined ? undefined : { pod, container, from: at, to: to > at ? to : at };
}
