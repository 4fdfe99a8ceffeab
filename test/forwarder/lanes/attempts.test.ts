import fc from "fast-check";
import { expect, it } from "vitest";
import { backoffMillis } from "../../../forwarder/concurrency/backoff";
import type { Outcome } from "../../../forwarder/destinations/destination";
import { AcknowledgementTracker } from "../../../forwarder/lanes/acknowledgementTracker";
import { type AttemptReports, Attempts } from "../../../forwarder/lanes/attempts";
import { cutBatches } from "../../../forwarder/lanes/backfill";
import { eventRecord } from "../journal/records";
import { asStored, ScriptedDestination, until } from "./world";

const never = new AbortController().signal;
const records = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ id: `r${n}`, createdMicros: n, body: String(n) }));

const quiet: AttemptReports = { delivered() {}, failed() {}, setAside() {}, obstructed() {}, recovered() {} };

function attempts(destination: ScriptedDestination, maySetAside = () => true, reports = quiet) {
  return new Attempts(destination, () => 0, reports, maySetAside);
}

it("sets aside exactly the records that are refused, and delivers the others", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.nat(39)), async (poison) => {
      const destination = new ScriptedDestination();
      const bad = new Set(poison.map((n) => `r${n}`));
      destination.answer = ({ records }) =>
        records.some(({ id }) => bad.has(id))
          ? { kind: "refused", reason: "answered 400" }
          : { kind: "acknowledged" };
      const { deadLetters: letters } = await attempts(destination).deliver(records(40), never, never);
      expect(letters.map(({ id }) => id).sort()).toEqual([...bad].sort());
      expect(destination.received.size).toBe(40 - bad.size);
      expect([...destination.received.values()].every((times) => times === 1)).toBe(true);
    }),
    { numRuns: 30 },
  );
});

it("sorts what a destination answers record by record: set aside, sent again, done", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.nat(39)),
      fc.array(fc.nat(3), { maxLength: 200 }),
      async (poison, busy) => {
        const destination = new ScriptedDestination();
        const bad = new Set(poison.map((n) => `r${n}`));
        const received = new Map<string, number>();
        // 0: at a record's turn the destination is busy.
        const turns = [...busy];
        destination.answer = ({ records }) => {
          const refused = new Map<string, string>();
          const ids = new Set<string>();
          for (const { id } of records) {
            if (bad.has(id)) refused.set(id, "no such field");
            else if (turns.pop() === 0) ids.add(id);
            else received.set(id, (received.get(id) ?? 0) + 1);
          }
          return { kind: "divided", refused, retry: { ids, reason: "busy", afterMillis: 0 } };
        };
        const { deadLetters: letters } = await attempts(destination).deliver(records(40), never, never);
        expect(letters.map(({ id }) => id).sort()).toEqual([...bad].sort());
        expect(letters.every(({ reason }) => reason === "no such field")).toBe(true);
        expect([...received.keys(), ...bad].sort()).toEqual(
          records(40)
            .map(({ id }) => id)
            .sort(),
        );
        expect([...received.values()].every((times) => times === 1)).toBe(true);
      },
    ),
    { numRuns: 30 },
  );
});

it("sets nothing aside once dead letters took their share, also of a divided batch", async () => {
  const destination = new ScriptedDestination();
  destination.answer = () => ({
    kind: "divided",
    refused: new Map([["r0", "no such field"]]),
    retry: { ids: new Set(), reason: "" },
  });
  const trying = attempts(destination, () => false);
  const delivery = trying.deliver(records(2), never, never);
  await until(() => destination.attempts > 1);
  expect(trying.condition).toMatchObject({
    state: "fault",
    reason: expect.stringMatching(/no such field, and dead letters/),
  });
  destination.up();
  expect(await delivery).toEqual({ deadLetters: [] });
});

it("tries a fault again for ever, sets nothing aside for it and shows what to do", async () => {
  const destination = new ScriptedDestination();
  destination.answer = () => ({ kind: "fault", reason: "answered 401", remedy: "give a credential" });
  const trying = attempts(destination);
  const delivery = trying.deliver(records(2), never, never);
  await until(() => destination.attempts > 3);
  expect(trying.condition).toEqual({ state: "fault", reason: "answered 401", remedy: "give a credential" });
  destination.up();
  expect(await delivery).toEqual({ deadLetters: [] });
  expect(trying.condition).toEqual({ state: "delivering" });
});

it("tells once why a destination takes nothing, again for another reason, and that it is over", async () => {
  const told: string[] = [];
  const reports: AttemptReports = {
    ...quiet,
    setAside: (letters) => told.push(`${letters.length} set aside: ${letters[0]!.reason}`),
    obstructed: ({ state, reason }) => told.push(`${state}: ${reason}`),
    recovered: () => told.push("recovered"),
  };
  const answers: Outcome[] = [
    ...Array.from({ length: 3 }, () => ({ kind: "retry" as const, reason: "answered 503" })),
    { kind: "acknowledged" },
    ...Array.from({ length: 6 }, () => ({ kind: "retry" as const, reason: "answered 502" })),
    ...Array.from({ length: 3 }, () => ({ kind: "fault" as const, reason: "answered 401", remedy: "r" })),
    { kind: "acknowledged" },
    ...Array.from({ length: 3 }, () => ({ kind: "refused" as const, reason: "answered 400" })),
  ];
  const destination = new ScriptedDestination();
  destination.answer = () => answers.shift()!;
  const trying = attempts(destination, () => true, reports);
  for (let batch = 0; batch < 3; batch += 1) await trying.deliver(records(2), never, never);
  expect(told).toEqual([
    "retrying: answered 502",
    "fault: answered 401",
    "recovered",
    "2 set aside: answered 400",
  ]);
});

it("holds a refused record when dead letters have taken their share", async () => {
  const destination = new ScriptedDestination();
  let mayBeSetAside = false;
  destination.answer = () => ({ kind: "refused", reason: "answered 400" });
  const trying = attempts(destination, () => mayBeSetAside);
  const delivery = trying.deliver(records(1), never, never);
  await until(() => trying.condition.state === "fault");
  mayBeSetAside = true;
  expect((await delivery).deadLetters).toHaveLength(1);
});

it("makes the same id of the same records, and another of others", async () => {
  const ids: string[] = [];
  const destination = new ScriptedDestination();
  destination.answer = ({ id }) => {
    ids.push(id);
    return ids.length < 3 ? { kind: "retry", reason: "busy" } : { kind: "acknowledged" };
  };
  await attempts(destination).deliver(records(2), never, never);
  await attempts(destination).deliver(records(2), never, never);
  await attempts(destination).deliver(records(3), never, never);
  expect(new Set(ids.slice(0, 4)).size).toBe(1);
  expect(ids[4]).not.toBe(ids[0]);
});

it("gives up a batch that waits for another attempt when it is told to stop", async () => {
  const destination = new ScriptedDestination();
  destination.answer = () => ({ kind: "retry", reason: "busy", afterMillis: 3_600_000 });
  const stop = new AbortController();
  const delivery = attempts(destination).deliver(records(1), stop.signal, never);
  await until(() => destination.attempts === 1);
  stop.abort(new Error("stopping"));
  await expect(delivery).rejects.toThrow("stopping");
});

it("waits longer after each failure, up to a minute, and never less than it was asked to", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      fc.nat(3_600_000),
      (failures, random, asked) => {
        const pause = backoffMillis(failures, random, asked);
        expect(pause).toBeGreaterThanOrEqual(asked);
        expect(pause).toBeLessThanOrEqual(asked + 60_000);
      },
    ),
  );
  expect([1, 2, 3, 8].map((failures) => backoffMillis(failures, 0.999))).toEqual([499, 999, 1998, 59_940]);
});

it("moves only over contiguous finished batches", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([...Array(12).keys()], { minLength: 12 }), fc.nat(12), (order, count) => {
      const tracker = new AcknowledgementTracker();
      const batches = order.map((_, index) => tracker.begin((index + 1) * 10));
      const done = new Set<number>();
      let through = 0;
      let passed = 0;
      for (const index of order.slice(0, count)) {
        done.add(index);
        const step = tracker.finish(batches[index] ?? tracker.begin(0), []);
        if (step) through = step.through;
        passed += step?.batches.length ?? 0;
        let contiguous = 0;
        while (done.has(contiguous)) contiguous += 1;
        expect([through, passed]).toEqual([contiguous * 10, contiguous]);
      }
    }),
  );
});

it("cuts batches that keep order and limits; a record that is larger goes alone", () => {
  const limits = { maxRecords: 5, maxBytes: 700 };
  fc.assert(
    fc.property(fc.array(fc.nat(900)), (sizes) => {
      const page = sizes.map((bytes, n) => eventRecord(n, { bytes }));
      const batches = cutBatches(page, limits, asStored);
      expect(batches.flat().map(({ id }) => id)).toEqual(page.map(({ id }) => id));
      for (const batch of batches) {
        const bytes = batch.reduce((sum, { body }) => sum + body.length + 1, -1);
        expect(batch.length === 1 || (batch.length <= 5 && bytes <= 700)).toBe(true);
      }
    }),
  );
});
