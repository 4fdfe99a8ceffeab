import type { DatabaseSync } from "node:sqlite";

/** A record that a destination refuses for good. */
export interface DeadLetter {
  id: string;
  body: string;
  reason: string;
}

/** The share of the journal that dead letters may take; then a lane holds instead of setting more aside. */
const SHARE = 0.25;

/** What destinations refused for good, kept with the reason. */
export class DeadLetters {
  readonly #put;
  readonly #counts;
  #bytes: number;

  constructor(
    database: DatabaseSync,
    private readonly maxBytes: number,
  ) {
    this.#put = database.prepare(
      "INSERT OR REPLACE INTO dead_letters (lane, id, reason, refused_micros, body) VALUES (?, ?, ?, ?, ?)",
    );
    this.#counts = database.prepare("SELECT lane, count(*) AS count FROM dead_letters GROUP BY lane");
    const row = database.prepare("SELECT total(octet_length(body)) AS bytes FROM dead_letters").get();
    this.#bytes = Number(row?.bytes);
  }

  add(lane: string, letters: readonly DeadLetter[], nowMicros: number): void {
    for (const { id, body, reason } of letters) {
      this.#put.run(lane, id, reason, nowMicros, body);
      this.#bytes += Buffer.byteLength(body);
    }
  }

  /** Whether they have taken their share: something other than single records is wrong then. */
  full(): boolean {
    return this.#bytes >= this.maxBytes * SHARE;
  }

  /** How many there are of each lane. */
  counts(): Map<string, number> {
    return new Map(this.#counts.all().map(({ lane, count }) => [String(lane), Number(count)]));
  }
}
