import { RangeClippedError, type RangeReader } from "../../journal/contract";
import type { JournalRecord } from "../../records/record";
import type { MonotonicClock } from "./clock";
import { type Held, Retention } from "./retention";
import type { Retries } from "./retry";
import { nextWidth, type Span } from "./window";
import type { WindowRead } from "./windowReader";

/** Width of the first window. Microseconds. */
const FIRST_WIDTH = 60_000_000;

export interface RangesOptions {
  /** Reads a window when nothing more urgent waits. */
  read: (span: Span, signal: AbortSignal) => Promise<WindowRead>;
  records: (read: WindowRead) => JournalRecord[];
  held: (signal: AbortSignal) => Promise<Held>;
  tailMicros: () => number;
  /** Resolves when the source knows the instance and its filter. */
  ready: Promise<void>;
  retries: Retries;
  clock: MonotonicClock;
  limit: number;
  /** The share of time that a read may be running. */
  readShare: number;
}

/** Reads ranges again by the source's own windows, one page ahead of who consumes them. */
export function createRangeReader(options: RangesOptions): RangeReader {
  const { read, records, held, tailMicros, retries, clock, limit, readShare } = options;
  return {
    readThroughMicros: tailMicros,
    async *read({ fromMicros, toMicros }, signal) {
      await untilReady(options.ready, signal);
      const retention = new Retention({ held, clock });
      const clipped = (span: Span) => retries.until(() => retention.clipped(span, signal), signal);
      const lost = await clipped({ fromMicros, toMicros });
      if (lost) throw new RangeClippedError(lost.fromMicros, lost.heldFromMicros);

      let width = FIRST_WIDTH;
      const next = (from: number) => {
        const span = { fromMicros: from, toMicros: Math.min(from + width, toMicros) };
        const reading = retries
          .until(() => read(span, signal), signal)
          .then(async (page) => ({ page, lost: await clipped(page.span) }));
        reading.catch(() => undefined);
        return reading;
      };
      let ahead = fromMicros < toMicros ? next(fromMicros) : undefined;
      while (ahead) {
        const { page, lost } = await ahead;
        const { span, events, poison, millis } = page;
        width = nextWidth(span.toMicros - span.fromMicros, events.length + poison.length, limit, millis);
        if (readShare < 1) await clock.sleep(millis * (1 / readShare - 1), signal);
        ahead = span.toMicros < toMicros ? next(span.toMicros) : undefined;
        yield { records: records(page), throughMicros: span.toMicros };
        if (lost) throw new RangeClippedError(lost.fromMicros, lost.heldFromMicros);
      }
    },
  };
}

/** Rejects with the signal's reason: before ZITADEL's first answer that is the only end. */
async function untilReady(ready: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    ready.then(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    });
  });
}
