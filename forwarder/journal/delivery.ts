import type { DatabaseSync } from "node:sqlite";
import type { Formatter } from "../records/formats/formatter";
import { selectId } from "./idForm";
import type { LanePosition } from "./laneTable";

/** A record as a lane delivers it. */
export interface StoredRecord {
  id: string;
  /** Creation time in microseconds since 1970. */
  createdMicros: number;
  /** JSON text, in the journal's form or in that of the lane's destination. */
  body: string;
}

/** Consecutive records of the journal for one lane. */
export interface Slice {
  records: StoredRecord[];
  /** The position up to which these are all of the lane's records. */
  through: number;
  /** How many others, up to there, the lane's filter keeps out. */
  filtered: number;
}

/** How large a batch may become; a record that alone is larger goes alone. */
export interface BatchLimits {
  maxRecords: number;
  /** Bytes of the bodies, a byte between two counted. */
  maxBytes: number;
}

/** Whether a record of `bytes` still fits behind `count` records of `total` bytes. */
export function fits(count: number, total: number, bytes: number, limits: BatchLimits): boolean {
  if (count === 0) return true;
  return count < limits.maxRecords && total + bytes + 1 <= limits.maxBytes;
}

/** A slice ends after so many records that the filter keeps out, so that no look at the journal takes long. */
const MOST_FILTERED = 1000;

// Texts, not blobs: each blob would be an ArrayBuffer of its own, with memory outside of V8's heap.
const columns = `SELECT position, ${selectId}, created_micros, body FROM records`;

/** Reads the journal for lanes. */
export class Delivery {
  readonly #all;
  readonly #others;

  constructor(database: DatabaseSync) {
    this.#all = database.prepare(`${columns} WHERE position > ? ORDER BY position`);
    this.#others = database.prepare(
      `${columns} INDEXED BY records_of_other_sources WHERE position > ? AND position <= ? AND source <> 0 ORDER BY position`,
    );
  }

  /**
   * The lane's next records after a position, none of them an event that belongs to a backfill job, as `formatter`
   * makes them; `limits` hold for what it makes.
   */
  slice(
    lane: LanePosition,
    after: number,
    lastPosition: number,
    limits: BatchLimits,
    formatter: Formatter,
  ): Slice {
    if (!lane.parked && after >= lane.eventsFrom) {
      return cut(this.#all.iterate(after), lastPosition, limits, formatter);
    }
    const until = lane.parked ? lastPosition : lane.eventsFrom;
    return cut(this.#others.iterate(after, until), until, limits, formatter);
  }
}

function cut(
  rows: Iterable<Record<string, unknown>>,
  end: number,
  limits: BatchLimits,
  formatter: Formatter,
): Slice {
  const records: StoredRecord[] = [];
  let filtered = 0;
  let total = 0;
  let last = 0;
  for (const row of rows) {
    if (filtered === MOST_FILTERED || records.length === limits.maxRecords)
      return { records, through: last, filtered };
    const body = formatter(String(row.body));
    if (body === undefined) filtered += 1;
    else {
      const bytes = Buffer.byteLength(body);
      if (!fits(records.length, total, bytes, limits)) return { records, through: last, filtered };
      records.push({ id: String(row.id), createdMicros: Number(row.created_micros), body });
      total += bytes + 1;
    }
    last = Number(row.position);
  }
  return { records, through: end, filtered };
}
