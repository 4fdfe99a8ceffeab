import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ModelEvent } from "./model";
import { BASE, idOf, simulate, type World } from "./simulation";

const MINUTE = 60_000;
const SWEEP_SECONDS = 300;
/** Events are written in the first ten minutes; then the log is quiet until all is swept. */
const WRITTEN_MILLIS = 10 * MINUTE;
/** Time for the widest sweep, eight times what is configured. */
const END_MILLIS = WRITTEN_MILLIS + 8 * SWEEP_SECONDS * 1000 + 12 * MINUTE;

function eventsOf(writes: { at: number; lateness: number }[]): ModelEvent[] {
  return writes
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, lateness }, index) => ({
      createdMicros: BASE + at,
      visibleMicros: BASE + at + lateness,
      aggregateType: index % 3 === 0 ? "org" : "user",
      aggregateId: `a${index % 7}`,
      sequence: index + 1,
      eventType: index % 3 === 0 ? "org.added" : "user.added",
    }));
}

const write = (mostLate: number) =>
  fc.record({
    at: fc.integer({ min: 0, max: WRITTEN_MILLIS * 1000 }),
    lateness: fc.oneof(
      { weight: 4, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: mostLate }) },
    ),
  });

const world = (changes: Partial<World>): World => ({
  events: [],
  sweepSeconds: SWEEP_SECONDS,
  limit: 20,
  latencyMillis: 80,
  endMillis: END_MILLIS,
  ...changes,
});

const missing = (events: ModelEvent[], committed: Map<string, number>) =>
  events.filter((event) => !committed.has(idOf(event)));

describe("the three edges", () => {
  test("miss no event that becomes visible within the sweep, whatever dies when", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(write(SWEEP_SECONDS * 1_000_000), { maxLength: 150 }),
        fc.array(fc.record({ commit: fc.integer({ min: 1, max: 200 }), before: fc.boolean() }), {
          maxLength: 8,
        }),
        fc.integer({ min: 5, max: 50 }),
        fc.integer({ min: 10, max: 900 }),
        async (writes, crashes, limit, latencyMillis) => {
          const events = eventsOf(writes);
          const { committed, cursor, claimed } = await simulate(
            world({ events, crashes, limit, latencyMillis }),
          );
          expect(claimed).toEqual([]);
          expect(missing(events, committed)).toEqual([]);
          expect(cursor.edges.swept).toBeGreaterThan(BASE + WRITTEN_MILLIS * 1000);
        },
      ),
      { numRuns: 60 },
    );
  }, 120_000);

  test("write no checkpoint that is ahead of the journal", async () => {
    const events = eventsOf(
      Array.from({ length: 300 * 20 }, (_, index) => ({ at: index * 50_000, lateness: 0 })),
    );
    const crashes = [{ commit: 100, before: true }];
    const outcome = await simulate(world({ events, crashes, limit: 1000, endMillis: 6 * MINUTE }));
    expect(outcome.checkpoints).toBeGreaterThan(5);
    expect(outcome.claimed).toEqual([]);
  });

  test("miss no event when ZITADEL's clock jumps", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(write(5_000_000), { minLength: 20, maxLength: 100 }),
        fc.array(
          fc.record({
            atMillis: fc.integer({ min: 1000, max: WRITTEN_MILLIS }),
            // Back beyond the sweep too: what is written then lies behind every edge.
            byMicros: fc.integer({ min: -20 * 60_000_000, max: 4 * 60_000_000 }),
          }),
          { maxLength: 3 },
        ),
        async (writes, jumps) => {
          const events = eventsOf(writes);
          const { committed } = await simulate(world({ events, jumps }));
          expect(missing(events, committed)).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  }, 120_000);

  test("look for late events longer once some were later than a minute", async () => {
    const events = eventsOf([{ at: 60_000_000, lateness: 200_000_000 }]);
    const { committed, cursor } = await simulate(world({ events }));
    expect(missing(events, committed)).toEqual([]);
    expect(cursor.sweepMicros).toBe(2 * SWEEP_SECONDS * 1_000_000);
  });

  test("deliver at once what a long transaction held back, when it ends", async () => {
    // Before 4.2 nothing newer than the oldest open transaction is shown: ten minutes of events appear together.
    const end = 9 * 60_000_000;
    const events = eventsOf(
      Array.from({ length: 500 }, (_, index) => ({
        at: index * 1_000_000,
        lateness: end - index * 1_000_000,
      })),
    );
    const { committed, lags } = await simulate(world({ events, sweepSeconds: 1800, limit: 100 }));
    expect(missing(events, committed)).toEqual([]);
    expect(Math.max(...lags)).toBeLessThan(2 * MINUTE);
  });

  test("read a steady log three times and an idle one seldom", async () => {
    const events = eventsOf(
      Array.from({ length: 600 * 20 }, (_, index) => ({ at: index * 50_000, lateness: 0 })),
    );
    const busy = await simulate(world({ events, limit: 1000, endMillis: WRITTEN_MILLIS }));
    expect(busy.reads / (WRITTEN_MILLIS / 1000)).toBeLessThan(1.2);
    busy.lags.sort((a, b) => a - b);
    expect(busy.lags[Math.floor(busy.lags.length * 0.95)]).toBeLessThan(1_500);
    const idle = await simulate(world({ endMillis: 60 * MINUTE }));
    expect(idle.reads / 3600).toBeLessThan(0.3);
  });

  test("compare what was committed with what ZITADEL serves, by another path", async () => {
    const events = eventsOf(
      Array.from({ length: 2000 }, (_, index) => ({ at: index * 300_000, lateness: 0 })),
    );
    const { statement } = await simulate(world({ events, limit: 1000, endMillis: 40 * MINUTE }));
    expect(statement).toMatchObject({ events: 2000, missing: 0, unserved: 0 });
  });
});
