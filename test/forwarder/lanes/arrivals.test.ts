import fc from "fast-check";
import { expect, it } from "vitest";
import { eventRecords, temporaryFolder } from "../journal/records";
import { RunningLanes, ScriptedDestination, until, VisibleEvents } from "./world";

it("passes only what has arrived, sends again what has not, and holds no permit meanwhile", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 12 }), async (fates) => {
      const destination = new ScriptedDestination();
      const arrived = new Set<string>();
      const waiting: (() => void)[] = [];
      const turns = [...fates];
      destination.answer = ({ records }) => ({
        kind: "acknowledged",
        arrival: new Promise((resolve) =>
          waiting.push(() => {
            const fate = turns.pop() ?? true;
            if (fate) for (const { id } of records) arrived.add(id);
            resolve(fate);
          }),
        ),
      });
      const lanes = new RunningLanes(temporaryFolder(), { siem: destination }, new VisibleEvents());
      const records = eventRecords(0, 60);
      lanes.journal.commit("events", records, "");
      // Nine batches of seven, two permits.
      await until(() => waiting.length >= 9, "all are sent before any has arrived");
      expect(lanes.journal.lane("siem").acknowledged).toBe(0);
      const { lastPosition } = lanes.journal.status();
      await until(() => {
        for (const settle of waiting.splice(0)) settle();
        return lanes.journal.lane("siem").acknowledged === lastPosition;
      }, "everything has passed");
      await lanes.crash();
      expect(records.filter(({ id }) => !arrived.has(id))).toEqual([]);
    }),
    { numRuns: 20 },
  );
});

it("sends again what has not arrived, though batches behind it are done and have not passed", async () => {
  const destination = new ScriptedDestination();
  let settle: ((arrived: boolean) => void) | undefined;
  destination.answer = () => {
    if (settle) return { kind: "acknowledged" };
    return { kind: "acknowledged", arrival: new Promise((resolve) => (settle = resolve)) };
  };
  const lanes = new RunningLanes(temporaryFolder(), { siem: destination }, new VisibleEvents());
  // Nine batches of seven, two permits.
  const records = eventRecords(0, 60);
  lanes.journal.commit("events", records, "");
  await until(() => destination.received.size === 60, "all are sent");
  expect(lanes.journal.lane("siem").acknowledged).toBe(0);
  settle!(false);
  const { lastPosition } = lanes.journal.status();
  await until(() => lanes.journal.lane("siem").acknowledged === lastPosition, "everything has passed");
  await lanes.crash();
  expect(records.filter(({ id }) => destination.received.get(id) === 2)).toEqual(records.slice(0, 7));
});
