import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PriorityMutex } from "../../../../forwarder/concurrency/priorityMutex";
import { narrowed, nextWidth } from "../../../../forwarder/sources/events/window";
import { WindowReader } from "../../../../forwarder/sources/events/windowReader";
import { monotonicClock, ZitadelClock } from "../../../../forwarder/zitadel/clock";
import { Model, type ModelEvent, nameOf } from "./model";

const SPAN = 40_000_000_000;
const BASE = 1_795_000_000_000_000;
const aggregateTypes = [
  "user",
  "org",
  "session",
  "permission",
  "project",
  "oidc_session",
  "instance",
  "quota",
  "target",
  "action",
  "usergrant",
  "milestone",
];
const eventTypes = aggregateTypes.flatMap((type) =>
  ["added", "changed", "removed"].map((verb) => `${type}.${verb}`),
);

/** A push: one creation time for all, at most a few aggregates, in order. */
const push = fc.record({
  at: fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 0, max: SPAN - 1 }) },
    // Some moments are crowded: many pushes in a few microseconds.
    { weight: 2, arbitrary: fc.constantFrom(0, 1_000_000, 1_000_001, 1_000_002, SPAN - 1) },
  ),
  parts: fc.array(
    fc.record({
      type: fc.nat(aggregateTypes.length - 1),
      id: fc.nat(4),
      events: fc.array(fc.nat(2), { minLength: 1, maxLength: 12 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

/** The store's events in the order of their commits, which need not be that of creation. */
function storeOf(
  pushes: { at: number; parts: { type: number; id: number; events: number[] }[] }[],
): ModelEvent[] {
  const sequences = new Map<string, number>();
  return pushes.flatMap(({ at, parts }) =>
    parts.flatMap(({ type, id, events }) =>
      events.map((verb) => {
        const aggregateType = aggregateTypes[type]!;
        const aggregateId = `${aggregateType}${id}`;
        const sequence = (sequences.get(aggregateId) ?? 0) + 1;
        sequences.set(aggregateId, sequence);
        const eventType = eventTypes[type * 3 + verb]!;
        return { createdMicros: BASE + at, aggregateType, aggregateId, sequence, eventType };
      }),
    ),
  );
}

async function readAll(model: Model, limit: number, knownAggregates = aggregateTypes) {
  const clock = new ZitadelClock(monotonicClock);
  clock.observe(new Date(BASE / 1000).toUTCString(), monotonicClock.now());
  const reader = new WindowReader({
    client: model,
    clock: monotonicClock,
    zitadelClock: clock,
    mutex: new PriorityMutex(),
    known: { aggregateTypes: knownAggregates, eventTypes },
    limit,
  });
  const seen: string[] = [];
  const unproven = new Set<number>();
  const signal = new AbortController().signal;
  let width = 1_000_000;
  for (let at = BASE; at < BASE + SPAN; ) {
    const span = { fromMicros: at, toMicros: Math.min(at + width, BASE + SPAN) };
    const read = await reader.read(span, {}, signal);
    expect(read.span.fromMicros).toBe(at);
    expect(read.span.toMicros).toBeGreaterThan(at);
    expect(read.span.toMicros).toBeLessThanOrEqual(span.toMicros);
    for (const { event } of read.events)
      seen.push(
        nameOf({
          aggregateType: event.aggregate.type.type,
          aggregateId: event.aggregate.id,
          sequence: Number(event.sequence),
        }),
      );
    if (!read.proven) unproven.add(at);
    width = nextWidth(read.span.toMicros - at, read.events.length, limit, 0);
    at = read.span.toMicros;
  }
  return { seen, unproven };
}

describe("windows", () => {
  test("read every event of any store exactly once, or say which microsecond may hold more", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(push, { maxLength: 60 }),
        fc.integer({ min: 2, max: 40 }),
        async (pushes, limit) => {
          const events = storeOf(pushes);
          const model = new Model(events);
          const { seen, unproven } = await readAll(model, limit);
          expect(new Set(seen).size).toBe(seen.length);
          const held = new Set(seen);
          const missing = events.filter((event) => !held.has(nameOf(event)));
          expect(missing.filter(({ createdMicros }) => !unproven.has(createdMicros))).toEqual([]);
          // Crowded microseconds cost the split, every other page at most the way down from a full one.
          const crowded = new Set(events.map(({ createdMicros }) => createdMicros)).size;
          expect(model.requests).toBeLessThan(60 + 12 * events.length + 200 * Math.min(crowded, 8));
        },
      ),
      { numRuns: 300 },
    );
  });

  test("read a bulk call of one aggregate in one microsecond whole", async () => {
    const events = storeOf([
      { at: 5, parts: [{ type: 1, id: 1, events: [0] }] },
      { at: 7, parts: [{ type: 0, id: 1, events: new Array(1500).fill(1) }] },
      { at: 7, parts: [{ type: 0, id: 2, events: [0] }] },
    ]);
    const { seen, unproven } = await readAll(new Model(events), 1000);
    expect(seen.length).toBe(1502);
    expect(unproven.size).toBe(0);
  });

  test("read a crowded microsecond whose aggregate types the server does not list", async () => {
    const events = storeOf([{ at: 7, parts: [{ type: 0, id: 1, events: new Array(15).fill(1) }] }]);
    const { seen } = await readAll(new Model(events), 10, ["org"]);
    expect(seen.length).toBe(15);
  });

  test("say so when a microsecond holds more aggregates than two pages show", async () => {
    const events = Array.from({ length: 50 }, (_, id) => ({
      createdMicros: BASE + 9,
      aggregateType: "user",
      aggregateId: `u${id}`,
      sequence: 1,
      eventType: "user.added",
    }));
    const { seen, unproven } = await readAll(new Model(events), 10);
    expect(unproven).toEqual(new Set([BASE + 9]));
    expect(seen.length).toBe(20);
  });

  test("narrow a full window at least by half and never to nothing", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: SPAN }),
        fc.array(fc.nat(SPAN), { maxLength: 30 }),
        fc.integer({ min: 1, max: 30 }),
        (width, offsets, limit) => {
          const created = offsets.map((offset) => BASE + (offset % width));
          const span = narrowed({ fromMicros: BASE, toMicros: BASE + width }, created, limit);
          expect(span.fromMicros).toBe(BASE);
          expect(span.toMicros).toBeGreaterThan(BASE);
          expect(span.toMicros - BASE).toBeLessThanOrEqual(Math.max(1, Math.floor(width / 2)));
        },
      ),
    );
  });

  test("catch up over ten years without an event in a few reads", async () => {
    let width = 60_000_000;
    let reads = 0;
    for (let at = 0; at < 10 * 365 * 86_400_000_000; at += width, reads++)
      width = nextWidth(width, 0, 1000, 50);
    expect(reads).toBeLessThan(15);
  });
});
