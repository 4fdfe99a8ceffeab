import { expect, it, onTestFinished } from "vitest";
import { RangeClippedError, type RangeReader } from "../../../forwarder/journal/sourceJournal";
import { eventRecord, eventRecords, temporaryFolder } from "../journal/records";
import { RunningLanes, ScriptedDestination, until, VisibleEvents } from "./world";

const KILOBYTES = 6000;

/** Lanes `a`, whose destination is down, and `b`; enough was written that `a` was parked. */
async function parked(reader: RangeReader & { records?: unknown } = new VisibleEvents()) {
  const folder = temporaryFolder();
  const destinations = { a: new ScriptedDestination(), b: new ScriptedDestination() };
  destinations.a.down();
  const world = { running: new RunningLanes(folder, destinations, reader), destinations, folder, written: 0 };
  onTestFinished(() => world.running.crash());
  await write(world, reader, 200);
  expect(world.running.journal.lane("a").parked).toBe(true);
  return world;
}

async function write(
  world: { running: RunningLanes; destinations: { b: ScriptedDestination }; written: number },
  reader: RangeReader,
  count: number,
): Promise<void> {
  for (const record of eventRecords(world.written, count, { bytes: KILOBYTES })) {
    if (reader instanceof VisibleEvents) reader.records.push(record);
    world.running.journal.commit("events", [record], "{}");
    await until(() => world.destinations.b.received.has(record.id), "lane b got the record");
  }
  world.written += count;
}

it("parks the lane that is behind, and the other goes on without a duplicate", async () => {
  const reader = new VisibleEvents();
  const world = await parked(reader);
  const { a, b } = world.destinations;
  expect(a.received.size).toBe(0);
  await write(world, reader, 50);
  a.up();
  await until(() => a.received.size === 250, "lane a caught up");
  await until(() => world.running.journal.jobs().length === 0, "the job is done");
  expect(world.running.journal.lane("a").parked).toBe(false);
  await write(world, reader, 20);
  await until(() => a.received.size === 270, "lane a follows the journal");
  expect([...b.received.values()].filter((times) => times > 1)).toEqual([]);
});

it("delivers an event that becomes visible late, where the job has already read", async () => {
  const reader = new VisibleEvents();
  const world = await parked(reader);
  await world.running.crash();
  // After a start nothing is under way, so the job's first page is what tries the destination.
  world.running = new RunningLanes(world.folder, world.destinations, reader);
  const before = world.destinations.a.attempts;
  await until(() => reader.reads > 0 && world.destinations.a.attempts > before, "the job is under way");
  const job = world.running.journal.jobs()[0];
  const late = eventRecord(9999, { createdMicros: (job?.fromMicros ?? 0) + 1500 });
  reader.records.push(late);
  world.running.journal.commit("events", [late], "{}");
  world.destinations.a.up();
  await until(() => world.destinations.a.received.has(late.id), "the late event arrived");
  await until(() => world.destinations.a.received.size === 201, "everything arrived");
});

it("reports what ZITADEL no longer holds, and reads the rest", async () => {
  const records = eventRecords(0, 1000, { bytes: KILOBYTES });
  const heldFrom = records[150]?.createdMicros ?? 0;
  class Clipped extends VisibleEvents {
    override async *read(range: { fromMicros: number; toMicros: number }, signal: AbortSignal) {
      if (range.fromMicros < heldFrom) throw new RangeClippedError(range.fromMicros, heldFrom);
      yield* super.read(range, signal);
    }
  }
  const reader = new Clipped();
  const world = await parked(reader);
  world.destinations.a.up();
  await until(() => world.running.journal.jobs().length === 0, "the job is done");
  const from = world.running.clipped[0]?.from;
  expect(world.running.clipped).toEqual([{ lane: "a", from, heldFrom }]);
  await until(
    () => records.slice(150, 200).every(({ id }) => world.destinations.a.received.has(id)),
    "what is still held arrived",
  );
});

it("reads a range again after the reading failed", async () => {
  let failures = 2;
  class Failing extends VisibleEvents {
    override async *read(range: { fromMicros: number; toMicros: number }, signal: AbortSignal) {
      for await (const page of super.read(range, signal)) {
        yield page;
        if (failures-- > 0) throw new Error("ZITADEL is away");
      }
    }
  }
  const reader = new Failing();
  const world = await parked(reader);
  world.destinations.a.up();
  await until(() => world.destinations.a.received.size === 200, "everything arrived");
  expect(reader.reads).toBeGreaterThanOrEqual(3);
  expect(world.running.failed).toEqual([
    ["a", "Error"],
    ["a", "Error"],
  ]);
});

it("reads a range again of which a batch has perhaps not arrived, and keeps no permit of the batches behind it", async () => {
  const reader = new VisibleEvents();
  const world = await parked(reader);
  await world.running.crash();
  // After a start nothing of the lane is under way but its job.
  world.running = new RunningLanes(world.folder, world.destinations, reader);
  const arrived = new Set<string>();
  /** One for each permit and one more: were a permit kept each time, none would be left. */
  const BREAKS = 3;
  let broken = 0;
  let settle: ((arrived: boolean) => void) | undefined;
  world.destinations.a.answer = ({ records }) => {
    // The first batch of a reading.
    if (broken < BREAKS && broken < reader.reads) {
      broken += 1;
      return {
        kind: "acknowledged",
        arrival: new Promise((resolve) => {
          settle = resolve;
        }),
      };
    }
    for (const { id } of records) arrived.add(id);
    // The batch behind is done, and waits for the one before with its permit.
    if (settle) setImmediate(settle, false);
    return { kind: "acknowledged" };
  };
  await until(() => world.running.journal.jobs().length === 0, "the job is done");
  expect(world.running.failed).toEqual(Array(BREAKS).fill(["a", "NotArrivedError"]));
  expect(reader.reads).toBe(BREAKS + 1);
  expect(arrived.size).toBe(200);
  await write(world, reader, 20);
  await until(() => arrived.size === 220, "lane a follows the journal");
});

it("ends a range at whose end the filter keeps everything out", async () => {
  const reader = new VisibleEvents();
  const world = await parked(reader);
  await world.running.crash();
  const kept = (body: string) => (JSON.parse(body).n < 100 ? body : undefined);
  world.running = new RunningLanes(world.folder, world.destinations, reader, { formatter: kept });
  world.destinations.a.up();
  await until(() => world.running.journal.jobs().length === 0, "the job is done");
  expect(world.destinations.a.received.size).toBe(100);
  expect(world.running.journal.oldestUnacknowledged("a")).toBeUndefined();
});

it("says from when on a parked lane has not delivered, which is its oldest job's progress", async () => {
  const reader = new VisibleEvents();
  const world = await parked(reader);
  const { journal } = world.running;
  await write(world, reader, 10);
  await until(() => journal.oldestUnacknowledged("b") === undefined, "lane b has everything");
  const first = eventRecord(0).createdMicros;
  expect([journal.oldestUnacknowledged("a"), journal.oldestUndelivered()]).toEqual([first, first]);
  let taken = 0;
  world.destinations.a.answer = () =>
    taken++ < 8 ? { kind: "acknowledged" } : { kind: "retry", reason: "down" };
  await until(() => taken > 8 && journal.oldestUndelivered()! > first, "the job has come some way");
  expect(journal.oldestUndelivered()).toBe(journal.jobs()[0]!.fromMicros);
  world.destinations.a.up();
  await until(() => world.destinations.a.received.size === 210, "lane a caught up");
  await until(() => journal.oldestUndelivered() === undefined, "everything is delivered");
});

it("parks nobody when no lane is ahead: the source waits, and goes on when there is space", async () => {
  const folder = temporaryFolder();
  const destination = new ScriptedDestination();
  destination.down();
  const running = new RunningLanes(folder, { a: destination }, new VisibleEvents());
  onTestFinished(() => running.crash());
  let committed = 0;
  expect(() => {
    for (; committed < 1000; committed += 1)
      running.journal.commit("events", eventRecords(committed, 1, { bytes: KILOBYTES }), "{}");
  }).toThrow("limit");
  expect(running.journal.jobs()).toEqual([]);
  const space = running.journal.waitForSpace(new AbortController().signal);
  destination.up();
  await space;
  await until(() => destination.received.size === committed, "what was committed arrived");
  running.journal.commit("events", eventRecords(committed, 1), "{}");
});
