import { untilCalled } from "../../concurrency/waiting";
import { RangeClippedError, type RangeReader } from "../../journal/sourceJournal";
import type { JournalRecord } from "../../records/record";
import type { MonotonicClock } from "../../zitadel/clock";
import type { Retries } from "../../zitadel/retry";
import { type Clipped, type Held, Retention } from "./retention";
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

/** A window of a range that was read, and what retention may have taken of it before. */
interface RangePage {
  page: WindowRead;
  lost: Clipped | undefined;
}

/** Reads ranges again by the source's own windows, one page ahead of who consumes them. */
export class EventRanges implements RangeReader {
  constructor(private readonly options: RangesOptions) {}

  readThroughMicros(): number {
    return this.options.tailMicros();
  }

  async *read({ fromMicros, toMicros }: { fromMicros: number; toMicros: number }, signal: AbortSignal) {
    const { records, held, retries, clock, limit, readShare } = this.options;
    await this.#untilReady(signal);
    const retention = new Retention({ held, clock });
    const clipped = await retries.until(() => retention.clipped({ fromMicros, toMicros }, signal), signal);
    if (clipped) throw new RangeClippedError(clipped.fromMicros, clipped.heldFromMicros);

    let width = FIRST_WIDTH;
    const next = (from: number) => {
      const span = { fromMicros: from, toMicros: Math.min(from + width, toMicros) };
      const reading = this.#readPage(span, retention, signal);
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
  }

  async #readPage(span: Span, retention: Retention, signal: AbortSignal): Promise<RangePage> {
    const { read, retries } = this.options;
    const page = await retries.until(() => read(span, signal), signal);
    return { page, lost: await retries.until(() => retention.clipped(page.span, signal), signal) };
  }

  /** Before ZITADEL's first answer the signal is the only end. */
  #untilReady(signal: AbortSignal): Promise<void> {
    return untilCalled((listener) => {
      void this.options.ready.then(listener);
      return () => {};
    }, signal);
  }
}
