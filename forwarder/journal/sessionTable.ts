import type { DatabaseSync } from "node:sqlite";
import type { JournalRecord } from "../records/record";
import { withSession } from "../records/session";

/** How long a session is remembered that nobody ends. By its events' times, microseconds: 90 days. */
const KEPT_MICROS = 90 * 24 * 3_600_000_000;

/** How many sessions a journal of this size remembers: they take a sixteenth of it at most. */
export function sessionsKept(maxBytes: number): number {
  return Math.min(100_000, Math.floor(maxBytes / (1 << 15)));
}

/**
 * What the beginnings of sessions said of address and browser, for the sessions' later events. It is noted in the
 * transaction that takes the beginning in, so that a restart keeps it; the oldest sessions make place for new ones. A
 * session whose beginning was never read is not known, and nothing is read for it.
 */
export class SessionTable {
  readonly #put;
  readonly #end;
  readonly #find;
  readonly #trim;
  readonly #dropOld;
  readonly #dropEnded;
  readonly #clear;
  readonly #count;

  /** `most`: how many sessions are remembered. */
  constructor(
    database: DatabaseSync,
    private readonly most: number,
  ) {
    // The same session begins twice only where ZITADEL's database was restored in between: the later one counts.
    this.#put = database.prepare(
      `INSERT INTO sessions (key, created_micros, ended_micros, context) VALUES (?, ?, NULL, ?)
       ON CONFLICT (key) DO UPDATE
       SET created_micros = excluded.created_micros, ended_micros = NULL, context = excluded.context
       WHERE excluded.created_micros > created_micros`,
    );
    this.#end = database.prepare("UPDATE sessions SET ended_micros = ? WHERE key = ?");
    this.#find = database.prepare("SELECT context FROM sessions WHERE key = ? AND created_micros <= ?");
    this.#trim = database.prepare(
      "DELETE FROM sessions WHERE key IN (SELECT key FROM sessions ORDER BY created_micros LIMIT ?)",
    );
    this.#dropOld = database.prepare("DELETE FROM sessions WHERE created_micros < ?");
    this.#dropEnded = database.prepare("DELETE FROM sessions WHERE ended_micros < ?");
    this.#clear = database.prepare("DELETE FROM sessions");
    this.#count = database.prepare("SELECT count(*) AS sessions FROM sessions");
  }

  /** How many sessions are remembered. */
  count(): number {
    return Number(this.#count.get()?.sessions);
  }

  /** Notes what records say of the beginnings and ends of sessions; part of the transaction under way. */
  note(records: readonly JournalRecord[]): void {
    for (const { session, createdMicros } of records)
      if (session?.begins !== undefined) this.#put.run(session.key, createdMicros, session.begins);
    for (const { session, createdMicros } of records)
      if (session?.ends) this.#end.run(createdMicros, session.key);
  }

  /**
   * The records, those of sessions that are known with what the session's beginning said. A beginning among them counts
   * although it was forgotten: a range that is read again may hold more sessions than are remembered.
   */
  enriched(records: readonly JournalRecord[]): JournalRecord[] {
    const begun = new Map<string, { createdMicros: number; context: string }>();
    for (const { session, createdMicros } of records)
      if (session?.begins !== undefined) begun.set(session.key, { createdMicros, context: session.begins });
    return records.map((record) => {
      const { session, createdMicros, body } = record;
      if (session === undefined || session.begins !== undefined) return record;
      const here = begun.get(session.key);
      const context =
        here && here.createdMicros <= createdMicros
          ? here.context
          : this.#find.get(session.key, createdMicros)?.context;
      return context === undefined ? record : { ...record, body: withSession(body, String(context)) };
    });
  }

  /** Forgets the oldest sessions beyond the limits; part of the transaction under way. */
  trim(records: readonly JournalRecord[]): void {
    const begun = records.filter(({ session }) => session?.begins !== undefined);
    if (begun.length === 0) return;
    this.#dropOld.run(Math.max(...begun.map(({ createdMicros }) => createdMicros)) - KEPT_MICROS);
    const tooMany = this.count() - this.most;
    if (tooMany > 0) this.#trim.run(tooMany);
  }

  /** Forgets sessions that ended before; part of the transaction under way. */
  forgetEndedBefore(micros: number): void {
    this.#dropEnded.run(micros);
  }

  /** Forgets all sessions; part of the transaction under way. */
  clear(): void {
    this.#clear.run();
  }
}
