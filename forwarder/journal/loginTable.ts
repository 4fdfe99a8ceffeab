import type { DatabaseSync } from "node:sqlite";
import type { JournalRecord, LoginWatch } from "../records/record";

/** A check among the events that waits for its login record. */
export interface PendingCheck {
  id: string;
  createdMicros: number;
  /** Any of these keys is its record's. */
  keys: readonly string[];
  /** A record was made of it; a script's that comes late belongs to it all the same, and to no other check. */
  sent: boolean;
}

/** A login record that a script reported, here or at another replica. */
export interface Report {
  id: string;
  key: string;
  /** When the script ran, microseconds. */
  atMicros: number;
}

/** What was decided about checks among the events. */
export interface LoginVerdicts {
  /** Ids of checks that a script reported. */
  reported: readonly string[];
  /** Ids of checks that no script reported: they are sent. */
  missing: readonly string[];
  /** Ids of the records that belong to one of them, and to no other, with when that check was created. */
  used: readonly { id: string; checkMicros: number }[];
  /** Records of scripts that ran before are forgotten. Microseconds. */
  reportsBeforeMicros: number;
  /** Checks created before that were sent are forgotten; at once when no script can have reported them. */
  sentBeforeMicros: number;
}

/**
 * What a script reported is kept so long: an event may be that late. What belongs to a check too: forgotten sooner,
 * it would be learnt again from a replica that still holds it, and count for a second check. Microseconds.
 */
export const REPORT_MICROS = 6 * 3_600_000_000;

/** Begins the id of a record that another replica reported. */
export const PEER_PREFIX = "peer ";

/**
 * Login checks among the events that wait for their login record, and login records that wait for their check.
 * Both are noted in the transaction that takes the record in, so that neither is forgotten nor counted twice.
 */
export class LoginTable {
  readonly #watchedSince: Map<string, number>;
  /** The same of the transaction under way. */
  readonly #uncommitted = new Map<string, number>();
  readonly #watch;
  readonly #putCheck;
  readonly #putReport;
  readonly #checks;
  readonly #reports;
  readonly #reportsBetween;
  readonly #record;
  readonly #dropCheck;
  readonly #send;
  readonly #dropSent;
  readonly #use;
  readonly #dropReports;
  readonly #dropPeerReports;
  readonly #release;
  readonly #newest;

  constructor(database: DatabaseSync) {
    this.#watch = database.prepare(
      "INSERT OR REPLACE INTO login_watches (organization, since_micros) VALUES (?, ?)",
    );
    this.#watchedSince = new Map(
      database
        .prepare("SELECT organization, since_micros FROM login_watches")
        .all()
        .map((row) => [String(row.organization), Number(row.since_micros)]),
    );
    this.#putCheck = database.prepare(
      "INSERT OR IGNORE INTO login_checks (id, created_micros, keys, body, sent) VALUES (?, ?, ?, ?, 0)",
    );
    this.#putReport = database.prepare(
      "INSERT OR IGNORE INTO login_reports (id, key, at_micros, used) VALUES (?, ?, ?, 0)",
    );
    this.#checks = database.prepare("SELECT id, created_micros, keys, sent FROM login_checks");
    this.#reports = database.prepare("SELECT id, at_micros, used FROM login_reports WHERE key = ?");
    this.#reportsBetween = database.prepare(
      "SELECT id, key, at_micros FROM login_reports WHERE at_micros BETWEEN ? AND ?",
    );
    this.#record = database.prepare("SELECT id, created_micros, body FROM login_checks WHERE id = ?");
    this.#dropCheck = database.prepare("DELETE FROM login_checks WHERE id = ?");
    this.#send = database.prepare("UPDATE login_checks SET sent = 1, body = '' WHERE id = ?");
    this.#dropSent = database.prepare(
      "DELETE FROM login_checks WHERE sent = 1 AND (created_micros < ? OR keys = '[]')",
    );
    this.#use = database.prepare("UPDATE login_reports SET used = ? WHERE id = ?");
    this.#dropReports = database.prepare("DELETE FROM login_reports WHERE at_micros < ?");
    this.#dropPeerReports = database.prepare(
      "DELETE FROM login_reports WHERE substr(id, 1, ?) = ? AND (used = 0 OR used >= ?)",
    );
    this.#release = database.prepare("UPDATE login_reports SET used = 0 WHERE used >= ?");
    this.#newest = database.prepare("SELECT max(at_micros) AS newest FROM login_reports");
  }

  /** By organization: checks created from then on have to be reported. Microseconds. As it is on disk. */
  get watchedSince(): ReadonlyMap<string, number> {
    return this.#watchedSince;
  }

  /** Notes from when on organizations are watched, where that is not known yet; part of the transaction under way. */
  watch(records: readonly JournalRecord[]): void {
    for (const { watch } of records) {
      if (!watch) continue;
      const { organization } = watch;
      if (!this.#watchedSince.has(organization) && !this.#uncommitted.has(organization))
        this.watchAgain(watch);
    }
  }

  /** Watches an organization from another time on; part of the transaction under way. */
  watchAgain({ organization, sinceMicros }: LoginWatch): void {
    this.#watch.run(organization, sinceMicros);
    this.#uncommitted.set(organization, sinceMicros);
  }

  /** The transaction that was under way is on disk, or was rolled back. */
  settle(committed: boolean): void {
    if (committed)
      for (const [organization, since] of this.#uncommitted) this.#watchedSince.set(organization, since);
    this.#uncommitted.clear();
  }

  /** Notes what new records say; part of the transaction under way. */
  note(records: readonly JournalRecord[]): void {
    for (const { id, createdMicros, check, report } of records) {
      if (check)
        this.#putCheck.run(
          check.record.id,
          check.createdMicros,
          JSON.stringify(check.keys),
          check.record.body,
        );
      if (report) this.#putReport.run(id, report.key, createdMicros);
    }
  }

  /** Checks that wait, and those of the last minutes that were sent. */
  checks(): PendingCheck[] {
    return this.#checks.all().map(({ id, created_micros, keys, sent }) => ({
      id: String(id),
      createdMicros: Number(created_micros),
      keys: JSON.parse(String(keys)) as string[],
      sent: sent === 1,
    }));
  }

  /** Records of these keys, with whether one belongs to a check already. */
  reports(keys: Iterable<string>): (Report & { used: boolean })[] {
    return [...keys].flatMap((key) =>
      this.#reports.all(key).map(({ id, at_micros, used }) => ({
        id: String(id),
        key,
        atMicros: Number(at_micros),
        used: used !== 0,
      })),
    );
  }

  /** All records of a time, bounds inclusive. */
  reportsBetween(fromMicros: number, toMicros: number): Report[] {
    return this.#reportsBetween.all(fromMicros, toMicros).map(({ id, key, at_micros }) => ({
      id: String(id),
      key: String(key),
      atMicros: Number(at_micros),
    }));
  }

  /** When the script of the newest record ran. */
  newestReport(): number | undefined {
    const { newest } = this.#newest.get() ?? {};
    return newest === null || newest === undefined ? undefined : Number(newest);
  }

  /** Notes records that another replica holds; part of the transaction under way. */
  addPeerReports(reports: readonly Report[]): void {
    for (const { id, key, atMicros } of reports) this.#putReport.run(id, key, atMicros);
  }

  /** The record that is sent when no script reported the check. */
  record(id: string): JournalRecord | undefined {
    const row = this.#record.get(id);
    return (
      row && {
        id: String(row.id),
        source: "checks",
        createdMicros: Number(row.created_micros),
        body: String(row.body),
      }
    );
  }

  /** Part of the transaction under way. */
  decide(verdicts: LoginVerdicts): void {
    const { reported, missing, used, reportsBeforeMicros, sentBeforeMicros } = verdicts;
    for (const id of reported) this.#dropCheck.run(id);
    for (const id of missing) this.#send.run(id);
    for (const { id, checkMicros } of used) this.#use.run(checkMicros, id);
    this.#dropSent.run(sentBeforeMicros);
    this.forget(reportsBeforeMicros);
  }

  /**
   * Takes back which records belong to checks created from then on, for they are noted and judged again, and what other
   * replicas reported, for they are asked again; part of the transaction under way.
   */
  recheckFrom(fromMicros: number): void {
    this.#dropPeerReports.run(PEER_PREFIX.length, PEER_PREFIX, fromMicros);
    this.#release.run(fromMicros);
  }

  /** Forgets records of scripts that ran before. */
  forget(beforeMicros: number): void {
    this.#dropReports.run(beforeMicros);
  }
}
