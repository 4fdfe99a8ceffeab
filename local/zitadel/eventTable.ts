import { DatabaseSync, type StatementSync } from "node:sqlite";

/** An event to be written. A payload that is undefined is absent from answers; null counts as absent too. */
export interface NewEvent {
  aggregateType: string;
  aggregateId: string;
  eventType: string;
  resourceOwner: string;
  /** The user who caused it; absent for set-up and token grants, "LOGIN" for the hosted login. */
  editorUser?: string;
  payload?: unknown;
}

/** An event as it is stored; times are microseconds since 1970. */
export interface StoredEvent extends NewEvent {
  sequence: number;
  createdAt: number;
  /** The time of the statement that wrote it: what answers are ordered by. */
  position: number;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS events (
    instance_id TEXT NOT NULL,
    aggregate_type TEXT NOT NULL,
    aggregate_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    position INTEGER NOT NULL,
    in_push INTEGER NOT NULL,
    editor_user TEXT NOT NULL,
    editor_service TEXT NOT NULL,
    resource_owner TEXT NOT NULL,
    payload TEXT
  );
  CREATE UNIQUE INDEX IF NOT EXISTS events_aggregate ON events (aggregate_id, aggregate_type, sequence);
  CREATE INDEX IF NOT EXISTS events_created_at ON events (created_at);
  CREATE INDEX IF NOT EXISTS events_position ON events (position, in_push);
  CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
`;

const INSERT = `INSERT INTO events
  (instance_id, aggregate_type, aggregate_id, event_type, sequence, created_at, position, in_push,
   editor_user, editor_service, resource_owner, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'zitadel', ?, ?)`;

/**
 * The table of events in SQLite. `facts` holds what makes the instance itself: its id, its secret.
 * Nothing is synced to disk: a crash of the machine may lose it, which tests and a local run can bear.
 */
export class EventTable {
  readonly database: DatabaseSync;
  private readonly insert: StatementSync;
  private readonly lastSequence: StatementSync;
  private readonly statements = new Map<string, StatementSync>();

  /** @param path a file, or ":memory:" */
  constructor(path: string) {
    this.database = new DatabaseSync(path);
    this.database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA busy_timeout = 5000");
    this.database.exec(SCHEMA);
    this.insert = this.database.prepare(INSERT);
    this.lastSequence = this.database.prepare(
      "SELECT max(sequence) AS last FROM events WHERE aggregate_id = ? AND aggregate_type = ?",
    );
  }

  fact(name: string): string | undefined {
    const row = this.query("SELECT value FROM facts WHERE name = ?").get(name);
    return row?.value as string | undefined;
  }

  setFact(name: string, value: string): void {
    this.query("INSERT OR REPLACE INTO facts VALUES (?, ?)").run(name, value);
  }

  /** The last sequence of an aggregate, 0 if it has none. */
  sequenceOf(event: NewEvent): number {
    const row = this.lastSequence.get(event.aggregateId, event.aggregateType);
    return (row?.last as number | null) ?? 0;
  }

  write(instanceId: string, events: StoredEvent[]): void {
    for (const [index, event] of events.entries()) {
      const payload =
        event.payload === undefined || event.payload === null ? null : JSON.stringify(event.payload);
      this.insert.run(
        instanceId,
        event.aggregateType,
        event.aggregateId,
        event.eventType,
        event.sequence,
        event.createdAt,
        event.position,
        index,
        event.editorUser ?? "",
        event.resourceOwner,
        payload,
      );
    }
  }

  /** One transaction around all that `work` does. */
  transaction<Result>(work: () => Result): Result {
    this.database.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.database.exec("COMMIT");
      return result;
    } catch (error) {
      this.database.exec("ROLLBACK");
      throw error;
    }
  }

  /** A prepared statement, kept by its text. */
  query(sql: string): StatementSync {
    const known = this.statements.get(sql);
    if (known) return known;
    const statement = this.database.prepare(sql);
    this.statements.set(sql, statement);
    return statement;
  }

  close(): void {
    this.database.close();
  }
}
