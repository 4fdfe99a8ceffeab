import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RangeClippedError } from "../../../../forwarder/journal/sourceJournal";
import { EventRanges } from "../../../../forwarder/sources/events/ranges";
import { type Clipped, Retention } from "../../../../forwarder/sources/events/retention";
import type { Retries } from "../../../../forwarder/zitadel/retry";

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const signal = new AbortController().signal;

/** A log that forgets, and a clock: ZITADEL's time is our milliseconds, as microseconds. */
class Forgetful {
  millis = 0;
  asked = 0;
  readonly clock = { now: () => this.millis, sleep: async () => undefined };
  readonly retention = new Retention({ held: async () => this.stillHeld(), clock: this.clock });

  constructor(
    readonly events: readonly number[],
    /** Microseconds that an event is held. */
    public held: number,
  ) {}

  stillHeld() {
    this.asked += 1;
    const oldest = this.events.find((at) => this.isHeld(at));
    return { oldestMicros: oldest ?? this.millis * 1000, whole: oldest === this.events[0] };
  }

  isHeld(at: number): boolean {
    return at >= this.millis * 1000 - this.held;
  }

  pass(seconds: number): void {
    this.millis += seconds * 1000;
  }
}

describe("retention", () => {
  test("takes nothing away that is not told, however slow the reading is", async () => {
    let cases = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 7200 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 0, max: 5400 }),
        fc.array(
          fc.record({
            width: fc.integer({ min: 1, max: 900 }),
            wait: fc.oneof(fc.nat(5), fc.nat(2000)),
            answer: fc.nat(3),
          }),
          { minLength: 20, maxLength: 40 },
        ),
        async (seconds, age, reads) => {
          const events = seconds.map((at) => at * SECOND).sort((a, b) => a - b);
          const log = new Forgetful(events, 7200 * SECOND);
          log.pass(7200 + age);
          const missed: number[] = [];
          const told: Clipped[] = [];
          let from = 0;
          for (const { width, wait, answer } of reads) {
            log.pass(wait);
            const span = { fromMicros: from, toMicros: from + width * SECOND };
            missed.push(
              ...events.filter((at) => at >= span.fromMicros && at < span.toMicros && !log.isHeld(at)),
            );
            log.pass(answer);
            const clipped = await log.retention.clipped(span, signal);
            if (clipped) told.push(clipped);
            from = span.toMicros;
          }
          cases += missed.length;
          for (const at of missed)
            expect(told.some((range) => at >= range.fromMicros && at < range.heldFromMicros)).toBe(true);
          // Told ranges do not overlap.
          for (const [index, { heldFromMicros }] of told.entries())
            expect(told[index + 1]?.fromMicros ?? heldFromMicros).toBeGreaterThanOrEqual(heldFromMicros);
        },
      ),
      { numRuns: 300 },
    );
    expect(cases).toBeGreaterThan(300);
  });

  test("is asked about once in ten minutes while the reading is far ahead of it", async () => {
    const log = new Forgetful([0, 100 * MINUTE], 1_000 * MINUTE);
    log.pass(120 * 60);
    for (let minute = 0; minute < 60; minute++) {
      const span = { fromMicros: (minute + 20) * MINUTE, toMicros: (minute + 21) * MINUTE };
      expect(await log.retention.clipped(span, signal)).toBeUndefined();
      log.pass(60);
    }
    expect(log.asked).toBe(6);
  });

  test("that was shortened is found within ten minutes, with what was read meanwhile", async () => {
    const log = new Forgetful([0, 30 * MINUTE, 100 * MINUTE], 1_000 * MINUTE);
    log.pass(120 * 60);
    const read = (from: number, to: number) =>
      log.retention.clipped({ fromMicros: from * MINUTE, toMicros: to * MINUTE }, signal);
    expect(await read(15, 20)).toBeUndefined();
    log.held = 60 * MINUTE;
    log.pass(6 * 60);
    expect(await read(20, 40)).toBeUndefined();
    log.pass(6 * 60);
    const told = { fromMicros: 20 * MINUTE, heldFromMicros: 100 * MINUTE };
    expect(await read(40, 60)).toEqual(told);
    // What was told is not told again.
    log.pass(11 * 60);
    expect(await read(60, 100)).toBeUndefined();
  });
});

test("a range of which a part is removed while it is read is refused from there on, after what was read", async () => {
  const log = new Forgetful([0, 10 * MINUTE, 20 * MINUTE, 30 * MINUTE], 1_000 * MINUTE);
  log.pass(60 * 60);
  const ranges = new EventRanges({
    read: async (span) => ({ span, events: [], poison: [], startedAtMicros: 0, millis: 1, proven: true }),
    records: () => [],
    held: async () => log.stillHeld(),
    tailMicros: () => 60 * MINUTE,
    ready: Promise.resolve(),
    retries: { until: (work: () => unknown) => work() } as unknown as Retries,
    clock: log.clock,
    limit: 1000,
    readShare: 1,
  });
  const through: number[] = [];
  const reading = (async () => {
    for await (const page of ranges.read({ fromMicros: 0, toMicros: 40 * MINUTE }, signal)) {
      through.push(page.throughMicros);
      // The next page is on its way already; the one after it comes too late.
      log.held = 35 * MINUTE;
      log.pass(15 * 60);
    }
  })();
  const refused = await reading.catch((error) => error);
  expect(refused).toBeInstanceOf(RangeClippedError);
  expect(refused.fromMicros).toBe(through.at(-2));
  expect(refused.heldFromMicros).toBeGreaterThan(through.at(-2)!);
  expect(through.length).toBeGreaterThanOrEqual(2);
});
