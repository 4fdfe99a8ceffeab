import type { DatabaseSync } from "node:sqlite";
import { SPAN_POSITIONS } from "./schema";

/** Creation times of some events, both inclusive, in microseconds. */
export interface CreationBounds {
  oldest: number;
  newest: number;
}

/** Both bounds widened to hold the other's. */
export function unite(a: CreationBounds | undefined, b: CreationBounds): CreationBounds {
  return a ? { oldest: Math.min(a.oldest, b.oldest), newest: Math.max(a.newest, b.newest) } : b;
}

/** Knows how old what lies behind a position is, without reading the whole backlog. */
export class Backlog {
  readonly #put;
  readonly #near;
  readonly #far;
  readonly #other;
  readonly #forget;

  constructor(database: DatabaseSync) {
    this.#put = database.prepare(
      `INSERT INTO spans (span, oldest_micros, newest_micros) VALUES (?, ?, ?)
       ON CONFLICT (span) DO UPDATE SET oldest_micros = min(oldest_micros, excluded.oldest_micros),
                                        newest_micros = max(newest_micros, excluded.newest_micros)`,
    );
    this.#near = database.prepare(
      `SELECT min(created_micros) AS oldest, max(created_micros) AS newest FROM records
       WHERE position > ? AND position < ? AND source = 0`,
    );
    this.#far = database.prepare(
      "SELECT min(oldest_micros) AS oldest, max(newest_micros) AS newest FROM spans WHERE span >= ?",
    );
    this.#other = database.prepare(
      "SELECT created_micros FROM records WHERE position > ? AND source <> 0 ORDER BY position LIMIT 1",
    );
    this.#forget = database.prepare("DELETE FROM spans WHERE span < ?");
  }

  /** Notes events that were stored at the positions from `first` on. */
  add(first: number, createdMicros: readonly number[]): void {
    const bySpan = new Map<number, CreationBounds>();
    for (const [index, micros] of createdMicros.entries()) {
      const span = Math.floor((first + index) / SPAN_POSITIONS);
      bySpan.set(span, unite(bySpan.get(span), { oldest: micros, newest: micros }));
    }
    for (const [span, { oldest, newest }] of bySpan) this.#put.run(span, oldest, newest);
  }

  /** The bounds of the events stored after a position; undefined when there are none. */
  after(position: number): CreationBounds | undefined {
    const nextSpan = Math.floor((position + 1) / SPAN_POSITIONS) + 1;
    const near = bounds(this.#near.get(position, nextSpan * SPAN_POSITIONS));
    const far = bounds(this.#far.get(nextSpan));
    return near && far ? unite(near, far) : (near ?? far);
  }

  /** The creation time of the first record of another source stored after a position; undefined when there is none. */
  firstOtherAfter(position: number): number | undefined {
    const row = this.#other.get(position);
    return row && Number(row.created_micros);
  }

  /** Drops what concerns only positions up to this one. */
  forgetThrough(position: number): void {
    this.#forget.run(Math.floor((position + 1) / SPAN_POSITIONS));
  }
}

function bounds(row: Record<string, unknown> | undefined): CreationBounds | undefined {
  if (row === undefined || row.oldest === null) return undefined;
  return { oldest: Number(row.oldest), newest: Number(row.newest) };
}
