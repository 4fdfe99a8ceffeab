/**
 * How wide the windows are in which the log is read. A window is a closed range of creation time; it is done
 * when its page is not full. All times are microseconds since 1970, widths microseconds. Pure.
 */

/** A span of creation time: from inclusive, to exclusive. */
export interface Span {
  fromMicros: number;
  toMicros: number;
}

/** A good page is this part full: less wastes requests, more risks a full page that has to be read again. */
const GOOD_FILL = 0.7;
/** A window grows at most so much at once, where nothing was found, and elsewhere. */
const EMPTY_GROWTH = 8;
const GROWTH = 2.5;
/** A page that took longer than this does not let the window grow. Milliseconds. */
const LONG_READ = 2_000;
/** Widths: a microsecond to ten years. */
const NARROWEST = 1;
const WIDEST = 10 * 366 * 86_400_000_000;

/**
 * The width that would have made the page just read a good one.
 *
 * @param width of the window that was read
 * @param size events that it held
 * @param limit events that a page can hold
 * @param millis that the read took
 */
export function nextWidth(width: number, size: number, limit: number, millis: number): number {
  const good = limit * GOOD_FILL;
  const growth = size === 0 ? EMPTY_GROWTH : Math.min(GROWTH, good / size);
  const factor = millis > LONG_READ ? Math.min(growth, 0.5) : growth;
  return clamp(Math.round(width * factor));
}

/**
 * A shorter span from the same beginning, after a full page: at most half. What the page holds is a hint how
 * dense the log is there, and only a hint: nothing is taken as read before a page is not full.
 *
 * @param created creation times of the events of the full page, in any order
 */
export function narrowed(span: Span, created: readonly number[], limit: number): Span {
  const half = Math.floor((span.toMicros - span.fromMicros) / 2);
  const sorted = Float64Array.from(created).sort();
  const good = sorted[Math.min(Math.floor(limit * GOOD_FILL), sorted.length - 1)];
  const width = good === undefined ? half : Math.min(half, good - span.fromMicros);
  return { fromMicros: span.fromMicros, toMicros: span.fromMicros + Math.max(NARROWEST, width) };
}

/** Whether a span is a single microsecond: it cannot be narrowed and must be split by aggregate. */
export function isMicrosecond(span: Span): boolean {
  return span.toMicros - span.fromMicros <= NARROWEST;
}

function clamp(width: number): number {
  return Math.min(WIDEST, Math.max(NARROWEST, width));
}
