import { expect, test } from "vitest";
import { PriorityMutex } from "../../../../forwarder/concurrency/priorityMutex";
import { WindowReader } from "../../../../forwarder/sources/events/windowReader";
import { monotonicClock, ZitadelClock } from "../../../../forwarder/zitadel/clock";
import type { Search } from "../../../../forwarder/zitadel/search";
import { ZitadelError } from "../../../../forwarder/zitadel/zitadelError";

const SECOND = 1_000_000;

/** A reader of a ZITADEL whose answer is too slow for windows wider than this, and what it was asked for. */
function readerOf(slowAboveMicros: number, kind: "slow" | "unavailable" = "slow") {
  const zitadelClock = new ZitadelClock(monotonicClock);
  zitadelClock.observe(new Date(0).toUTCString(), monotonicClock.now());
  const widths: number[] = [];
  const timeouts: (number | undefined)[] = [];
  const reader = new WindowReader({
    client: {
      async search(search: Search, _signal: AbortSignal, timeoutMillis?: number) {
        const width = search.toMicros - search.fromMicros;
        widths.push(width);
        timeouts.push(timeoutMillis);
        if (width > slowAboveMicros)
          throw new ZitadelError(kind, "no answer yet", { remedy: "wait", retry: "soon" });
        return { events: [], poison: [], size: 0, full: false };
      },
    },
    clock: monotonicClock,
    zitadelClock,
    mutex: new PriorityMutex(),
    known: { aggregateTypes: [], eventTypes: [] },
  });
  return { reader, widths, timeouts };
}

const hour = { fromMicros: 7, toMicros: 7 + 3600 * SECOND };
const { signal } = new AbortController();

test("a slow read is cancelled and asked for again a quarter as wide, until it is quick", async () => {
  const { reader, widths, timeouts } = readerOf(100 * SECOND);
  const { span } = await reader.read(hour, {}, signal);
  expect(widths).toEqual([3600, 900, 225, 56.25].map((seconds) => seconds * SECOND));
  expect(span).toEqual({ fromMicros: 7, toMicros: 7 + 56.25 * SECOND });
  expect(new Set(timeouts)).toEqual(new Set([10_000]));
});

test("a narrow window that is slow is given up: its width is not to blame", async () => {
  const { reader, widths } = readerOf(0);
  await expect(reader.read(hour, {}, signal)).rejects.toMatchObject({ kind: "slow" });
  expect(widths.at(-1)).toBeLessThanOrEqual(SECOND);
  expect(widths.at(-2)).toBeGreaterThan(SECOND);
});

test("another failure than slowness narrows nothing", async () => {
  const { reader, widths } = readerOf(0, "unavailable");
  await expect(reader.read(hour, {}, signal)).rejects.toMatchObject({ kind: "unavailable" });
  expect(widths).toEqual([3600 * SECOND]);
});
