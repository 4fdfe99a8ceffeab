import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AdjustableClock } from "../../local/zitadel/clock";
import { EventStore } from "../../local/zitadel/eventStore";
import type { NewEvent, StoredEvent } from "../../local/zitadel/eventTable";
import type { EventFilter } from "../../local/zitadel/search";
import { formatGoTime, formatTimestamp, parseTimestamp } from "../../local/zitadel/timestamp";

const START = 1_795_341_760_274_330;
const aggregateIds = ["1", "2", "3"];
const aggregateTypes = ["user", "org"];
const eventTypes = ["user.locked", "user.unlocked", "org.changed"];
const users = ["", "LOGIN", "7"];

const newEvent: fc.Arbitrary<NewEvent> = fc.record({
  aggregateType: fc.constantFrom(...aggregateTypes),
  aggregateId: fc.constantFrom(...aggregateIds),
  eventType: fc.constantFrom(...eventTypes),
  resourceOwner: fc.constantFrom("10", "11"),
  editorUser: fc.constantFrom(...users).map((user) => user || undefined),
});

/** Pushes and the microseconds that pass before each: many share a microsecond, some are a step back. */
const pushes = fc.array(
  fc.record({
    events: fc.array(newEvent, { minLength: 1, maxLength: 6 }),
    wait: fc.integer({ min: -2, max: 6 }),
  }),
  { maxLength: 12 },
);

const moment = fc.integer({ min: START - 5, max: START + 60 });
const filter: fc.Arbitrary<EventFilter> = fc.record({
  ascending: fc.boolean(),
  limit: fc.integer({ min: 1, max: 20 }),
  eventTypes: fc.uniqueArray(fc.constantFrom(...eventTypes), { maxLength: 2 }),
  aggregateTypes: fc.uniqueArray(fc.constantFrom(...aggregateTypes), { maxLength: 2 }),
  aggregateId: fc.option(fc.constantFrom(...aggregateIds), { nil: undefined }),
  resourceOwner: fc.option(fc.constantFrom("10", "11"), { nil: undefined }),
  editorUserId: fc.option(fc.constantFrom("LOGIN", "7"), { nil: undefined }),
  sequence: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
  since: fc.option(moment, { nil: undefined }),
  until: fc.option(moment, { nil: undefined }),
});

/** The rules in words of the recordings: exclusive bounds, order of statements, then the limit. */
function searchByHand(events: StoredEvent[], wanted: EventFilter): StoredEvent[] {
  const matching = events.filter(
    (event) =>
      (wanted.eventTypes.length === 0 || wanted.eventTypes.includes(event.eventType)) &&
      (wanted.aggregateTypes.length === 0 || wanted.aggregateTypes.includes(event.aggregateType)) &&
      (wanted.aggregateId === undefined || event.aggregateId === wanted.aggregateId) &&
      (wanted.resourceOwner === undefined || event.resourceOwner === wanted.resourceOwner) &&
      (wanted.editorUserId === undefined || event.editorUser === wanted.editorUserId) &&
      (wanted.since === undefined || event.createdAt > wanted.since) &&
      (wanted.until === undefined || event.createdAt < wanted.until) &&
      (wanted.sequence === undefined ||
        (wanted.ascending ? event.sequence > wanted.sequence : event.sequence < wanted.sequence)),
  );
  const inOrder = wanted.ascending ? matching : matching.reverse();
  return inOrder.slice(0, wanted.limit);
}

describe("a search", () => {
  test("gives what the rules, applied by hand to all events, give", async () => {
    await fc.assert(
      fc.asyncProperty(
        pushes,
        fc.array(filter, { minLength: 1, maxLength: 10 }),
        async (written, filters) => {
          const clock = new AdjustableClock(START, 0);
          const store = new EventStore({ clock });
          const stored: { event: StoredEvent; inPush: number; row: number }[] = [];
          for (const { events, wait } of written) {
            clock.jump(wait);
            for (const [inPush, event] of (await store.push(events)).entries()) {
              stored.push({ event, inPush, row: stored.length });
            }
          }
          stored.sort(
            (one, other) =>
              one.event.position - other.event.position || one.inPush - other.inPush || one.row - other.row,
          );
          const events = stored.map(({ event }) => event);
          for (const wanted of filters) {
            const found = (await store.search(wanted)).map((row) =>
              identity(row.aggregate_type, row.aggregate_id, row.sequence),
            );
            const expected = searchByHand(events, wanted).map((event) =>
              identity(event.aggregateType, event.aggregateId, event.sequence),
            );
            expect(found).toEqual(expected);
          }
          store.close();
        },
      ),
      { numRuns: 150 },
    );
  });

  test("sequences of each aggregate count 1, 2, 3, …", async () => {
    await fc.assert(
      fc.asyncProperty(pushes, async (written) => {
        const store = new EventStore({ clock: new AdjustableClock(START, 0) });
        for (const { events } of written) await store.push(events);
        const sequences = new Map<string, number[]>();
        for (const event of store.history()) {
          const key = `${event.aggregateType}/${event.aggregateId}`;
          sequences.set(key, [...(sequences.get(key) ?? []), event.sequence]);
        }
        for (const own of sequences.values()) {
          expect([...own].sort((one, other) => one - other)).toEqual(own.map((_, index) => index + 1));
        }
        store.close();
      }),
    );
  });
});

describe("a timestamp", () => {
  const anyTime = fc.integer({ min: 0, max: 4_102_444_800_000_000 });

  test("is read back as it was printed, to the microsecond", () => {
    fc.assert(
      fc.property(anyTime, (at) => {
        expect(parseTimestamp(formatTimestamp(at))).toBe(at);
        expect(parseTimestamp(formatGoTime(at))).toBe(at);
      }),
    );
  });

  test.each([
    [1_795_341_760_274_337, "2026-11-22T10:02:40.274337Z"],
    [1_795_341_760_274_000, "2026-11-22T10:02:40.274Z"],
    [1_795_341_760_270_000, "2026-11-22T10:02:40.270Z"],
    [1_795_341_760_000_000, "2026-11-22T10:02:40Z"],
  ])("has 6, 3 or no fraction digits: %d", (at, text) => expect(formatTimestamp(at)).toBe(text));

  test.each([
    "yesterday",
    "2026-02-30T00:00:00Z",
    "2026-11-22 10:02:40Z",
    "2026-11-22T24:00:00Z",
    "2026-11-22T10:02:40",
  ])("that is none is refused: %s", (text) => expect(parseTimestamp(text)).toBeUndefined());
});

function identity(type: string, id: string, sequence: number): string {
  return `${type}/${id}/${sequence}`;
}
