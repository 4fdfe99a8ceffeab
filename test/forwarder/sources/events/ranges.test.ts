import { afterEach, describe, expect, test } from "vitest";
import { RangeClippedError } from "../../../../forwarder/journal/sourceJournal";
import { formatMicros } from "../../../../forwarder/records/micros";
import { AdjustableClock, systemClock } from "../../../../local/zitadel/clock";
import { UNAVAILABLE } from "../../../../local/zitadel/faults";
import type { ZitadelOptions } from "../../../../local/zitadel/server";
import { createRig, load, type Rig, type Run, until } from "./rig";

const HOUR = 3_600_000_000;
const DAY = 24 * HOUR;

let rig: Rig;
afterEach(() => rig.close());
const open = async (options?: ZitadelOptions) => {
  rig = await createRig(options);
  return rig;
};

describe("ranges", () => {
  async function readRange(run: Run, fromMicros: number, toMicros: number) {
    const read: string[] = [];
    let through = fromMicros;
    for await (const page of run.source.ranges.read({ fromMicros, toMicros }, new AbortController().signal)) {
      expect(page.throughMicros).toBeGreaterThan(through);
      for (const { createdMicros } of page.records) {
        expect(createdMicros).toBeGreaterThanOrEqual(through);
        expect(createdMicros).toBeLessThan(page.throughMicros);
      }
      through = page.throughMicros;
      read.push(...page.records.map(({ id }) => id));
    }
    expect(through).toBe(toMicros);
    return read;
  }

  test("are read whole, page by page from old to new", async () => {
    const { zitadel } = await open();
    const now = systemClock.now();
    load(
      zitadel,
      Array.from({ length: 3000 }, (_, index) => now - DAY + index * 20_000_000),
    );
    const run = rig.start({ events: { startFrom: formatMicros(now - HOUR) } });
    await until(() => run.source.state().phase === "following");
    const from = now - 20 * HOUR;
    const read = await readRange(run, from, now - 2 * HOUR);
    expect(new Set(read).size).toBe(read.length);
    expect(read.length).toBe(2280);
    expect(run.source.ranges.readThroughMicros()).toBeGreaterThan(now - 60_000_000);
  });

  test("that ZITADEL's retention has clipped are refused, not taken as empty", async () => {
    const clock = new AdjustableClock(systemClock.now() - 3 * DAY);
    const { zitadel } = await open({ clock });
    clock.jump(3 * DAY);
    const now = clock.now();
    load(
      zitadel,
      Array.from({ length: 100 }, (_, index) => now - 40 * HOUR + (index * HOUR) / 4),
    );
    const run = rig.start({ events: { startFrom: formatMicros(now - HOUR) } });
    await until(() => run.source.state().phase === "following");
    expect((await readRange(run, now - 30 * HOUR, now - 29 * HOUR)).length).toBe(4);
    zitadel.conditions.auditLogRetention = 20 * 3600;
    const refused = await readRange(run, now - 30 * HOUR, now - HOUR).catch((error) => error);
    expect(refused).toBeInstanceOf(RangeClippedError);
    expect(refused.heldFromMicros).toBeGreaterThan(now - 21 * HOUR);
    // What is still held can be read.
    expect((await readRange(run, refused.heldFromMicros, now - 16 * HOUR)).length).toBeGreaterThan(0);
  });

  test("that were clipped before the source came to read them are reported", async () => {
    const clock = new AdjustableClock(systemClock.now() - 3 * DAY);
    const { zitadel } = await open({ clock });
    clock.jump(3 * DAY);
    const now = clock.now();
    load(
      zitadel,
      Array.from({ length: 100 }, (_, index) => now - 40 * HOUR + (index * HOUR) / 4),
    );
    zitadel.conditions.auditLogRetention = 20 * 3600;
    const run = rig.start({ events: { startFrom: formatMicros(now - 30 * HOUR) } });
    await until(() => run.source.state().phase === "following");
    expect(run.notices("range_clipped")).toHaveLength(1);
    expect(await run.metric("zitadel_siem_events_clipped_total")).toBe(1);
  });

  test("that wait for ZITADEL's first answer are given up with the signal", async () => {
    const { zitadel } = await open();
    zitadel.faults.inject(UNAVAILABLE, Number.POSITIVE_INFINITY);
    const { source } = rig.start();
    await until(() => source.state().fault !== undefined);
    const abort = new AbortController();
    const read = async () => {
      for await (const _ of source.ranges.read({ fromMicros: 0, toMicros: HOUR }, abort.signal));
    };
    const waiting = read();
    abort.abort(new Error("stopped"));
    await expect(waiting).rejects.toThrow("stopped");
    await expect(read()).rejects.toThrow("stopped");
  }, 10_000);
});
