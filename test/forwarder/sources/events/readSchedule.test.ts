import pino from "pino";
import { expect, test } from "vitest";
import { EventRanges } from "../../../../forwarder/sources/events/ranges";
import { ReadSchedule } from "../../../../forwarder/sources/events/readSchedule";
import type { Span } from "../../../../forwarder/sources/events/window";
import type { WindowRead } from "../../../../forwarder/sources/events/windowReader";
import type { MonotonicClock } from "../../../../forwarder/zitadel/clock";
import { Retries } from "../../../../forwarder/zitadel/retry";

const LIMIT = 100;
/** How long every read here takes. Milliseconds. */
const READ = 300;

const readOf = (span: Span): WindowRead => ({
  span,
  events: [],
  poison: [],
  startedAtMicros: 0,
  millis: READ,
  proven: true,
});

test.each([
  [1, 0],
  [0.5, READ],
  [0.25, 3 * READ],
  [0.05, 19 * READ],
])("with a share of %d, catching up pauses for %d ms after a read of 300 ms", (share, pause) => {
  const schedule = new ReadSchedule({ now: () => 1_000, sleep: async () => undefined }, share);
  const span = { fromMicros: 0, toMicros: 60_000_000 };
  schedule.observe({ read: "tail", live: false, span }, readOf(span), LIMIT);
  expect(schedule.due().budgetAt).toBeCloseTo(1_000 + pause);
});

test("the share does not hold up the tail", () => {
  const schedule = new ReadSchedule({ now: () => 1_000, sleep: async () => undefined }, 0.05);
  const span = { fromMicros: 0, toMicros: 1_000_000 };
  schedule.observe({ read: "tail", live: true, span }, readOf(span), LIMIT);
  expect(schedule.due().budgetAt).toBeLessThan(1_000);
  expect(schedule.due().tailDueAt).toBeLessThan(1_000 + 5_000);
});

test.each([1, 0.5, 0.1])("a range is read with a share of %d of the time", async (readShare) => {
  let now = 0;
  let reading = 0;
  const clock: MonotonicClock = {
    now: () => now,
    async sleep(millis) {
      now += millis;
    },
  };
  const ranges = new EventRanges({
    async read(span) {
      now += READ;
      reading += READ;
      return readOf({ ...span, toMicros: Math.min(span.toMicros, span.fromMicros + 1_000_000) });
    },
    records: () => [],
    held: async () => ({ oldestMicros: 0, whole: true }),
    tailMicros: () => 0,
    ready: Promise.resolve(),
    retries: new Retries({
      clock,
      logger: pino({ enabled: false }),
      random: () => 0,
      onFailure: () => undefined,
    }),
    clock,
    limit: LIMIT,
    readShare,
  });
  let pages = 0;
  const { signal } = new AbortController();
  for await (const _ of ranges.read({ fromMicros: 0, toMicros: 50_000_000 }, signal)) pages += 1;
  expect(pages).toBe(50);
  expect(reading / now).toBeCloseTo(readShare, 2);
});
