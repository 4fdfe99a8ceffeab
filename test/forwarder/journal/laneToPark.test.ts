import { expect, it } from "vitest";
import type { LanePosition } from "../../../forwarder/journal/laneTable";
import { laneToPark } from "../../../forwarder/journal/parking";

const LAST = 1000;
const lane = (name: string, acknowledged: number, more: Partial<LanePosition> = {}): LanePosition => ({
  name,
  acknowledged,
  parked: false,
  eventsFrom: 0,
  ...more,
});
/** The lane that is parked for an event, and the one for a record that exists nowhere else. */
const parked = (...lanes: LanePosition[]) =>
  [false, true].map((scarce) => laneToPark(lanes, LAST, scarce)?.name);

it.each([
  { what: "no lane", lanes: [], event: undefined, scarce: undefined },
  { what: "a lane alone: the source waits", lanes: [lane("a", 0)], event: undefined, scarce: "a" },
  { what: "one that has everything", lanes: [lane("a", LAST)], event: undefined, scarce: undefined },
  {
    what: "one that frees less than a quarter of its backlog",
    lanes: [lane("b", 249), lane("a", 0)],
    event: undefined,
    scarce: "a",
  },
  {
    what: "the one furthest behind, when it frees a quarter",
    lanes: [lane("c", LAST), lane("b", 250), lane("a", 0)],
    event: "a",
    scarce: "a",
  },
  {
    what: "none of those that are parked",
    lanes: [lane("a", 0, { parked: true }), lane("b", 500), lane("c", LAST)],
    event: "b",
    scarce: "b",
  },
  {
    what: "not the last one, for nobody's sake",
    lanes: [lane("a", 0, { parked: true }), lane("b", 500)],
    event: undefined,
    scarce: "b",
  },
  {
    what: "not one whose events belong to a job up to where it resumed",
    lanes: [lane("a", 0, { eventsFrom: 900 }), lane("b", 100)],
    event: "b",
    scarce: "b",
  },
])("parks of the lanes that follow: $what", ({ lanes, event, scarce }) => {
  expect(parked(...lanes)).toEqual([event, scarce]);
});
