import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "./clock";
import { EventTable, type NewEvent, type StoredEvent } from "./eventTable";
import { PushLock, type Waits } from "./pushLock";
import { type EventFilter, type EventRow, searchStatement } from "./search";

export interface EventStoreOptions {
  /** A file, or ":memory:" (default). */
  database?: string;
  clock: Clock;
  /** True for versions before 4.2: see OpenPush. */
  beforeLock?: boolean;
  /** Milliseconds between a push's statement and its commit, default 0: pushes then overlap with reads. */
  commitDelay?: number;
}

/** The state of the store at one moment, to go back to. */
export interface Snapshot {
  readonly lastRow: number;
}

/**
 * A push whose transaction is still open. 4.2 and later: its events bear the time of their statement, reads wait
 * for its end. Before 4.2: they bear the time at which the transaction began, and reads hide what was written
 * since then, by anybody, until it ends.
 */
export class OpenPush {
  private written: StoredEvent[] = [];
  private ended = false;

  constructor(
    private readonly store: EventStore,
    private readonly beganAt: number,
  ) {}

  /**
   * The statement: gives the events their time and sequences. They are seen after `commit`.
   * @param statementAt when the statement began, microseconds since 1970; default: now
   */
  async push(events: NewEvent[], statementAt = this.store.clock.now()): Promise<StoredEvent[]> {
    const createdAt = this.store.beforeLock ? this.beganAt : statementAt;
    const stored = await this.store.stamp(events, createdAt, statementAt, this);
    this.written = this.written.concat(stored);
    return stored;
  }

  commit(): StoredEvent[] {
    this.end(this.written);
    return this.written;
  }

  rollback(): void {
    this.end([]);
  }

  private end(events: StoredEvent[]): void {
    if (this.ended) throw new Error("this push has been ended already");
    this.ended = true;
    this.store.finish(this, events);
  }
}

/**
 * ZITADEL's event store: events are written in pushes, one transaction and one creation time each, and read in
 * the order of their statements. Sequences count 1, 2, 3, … within an aggregate.
 */
export class EventStore {
  readonly table: EventTable;
  private readonly lock = new PushLock();
  private readonly open = new Map<OpenPush, number>();
  /** The push that holds an aggregate: others wait for it, as they would for PostgreSQL's unique index. */
  private readonly holders = new Map<string, { push: OpenPush; last: number }>();
  private waiting: (() => void)[] = [];
  private readonly listeners: ((events: StoredEvent[]) => void)[] = [];
  private readonly restored: (() => void)[] = [];

  constructor(private readonly options: EventStoreOptions) {
    this.table = new EventTable(options.database ?? ":memory:");
  }

  get instanceId(): string {
    return this.table.fact("instance") ?? "";
  }

  get clock(): Clock {
    return this.options.clock;
  }

  get beforeLock(): boolean {
    return this.options.beforeLock ?? false;
  }

  get waits(): Readonly<Waits> {
    return this.lock.waits;
  }

  /** Called with the events of each commit, and once after each restore. */
  observe(committed: (events: StoredEvent[]) => void, restored: () => void): void {
    this.listeners.push(committed);
    this.restored.push(restored);
  }

  /** Writes the events in one transaction with one creation time. */
  async push(events: NewEvent[]): Promise<StoredEvent[]> {
    // The time is that of the statement's start: before the wait for the lock.
    const statementAt = this.clock.now();
    const push = await this.begin();
    try {
      await push.push(events, statementAt);
      if (this.options.commitDelay) await delay(this.options.commitDelay);
    } catch (error) {
      push.rollback();
      throw error;
    }
    return push.commit();
  }

  /** Begins a transaction that the caller commits when it likes: a late commit. */
  async begin(): Promise<OpenPush> {
    const beganAt = this.clock.now();
    if (!this.beforeLock) await this.lock.enterPush();
    const push = new OpenPush(this, beganAt);
    this.open.set(push, beganAt);
    return push;
  }

  /** Writes many pushes of given times at once, past every lock: for histories of a million events. */
  load(pushes: Iterable<{ createdAt: number; events: NewEvent[] }>): number {
    let count = 0;
    this.table.transaction(() => {
      for (const { createdAt, events } of pushes) {
        const stored = this.number(events, createdAt, createdAt);
        this.table.write(this.instanceId, stored);
        for (const listener of this.listeners) listener(stored);
        count += stored.length;
      }
    });
    return count;
  }

  /** Reads as the Events API does, waiting or hiding as the version does. */
  async search(filter: EventFilter): Promise<EventRow[]> {
    if (!this.beforeLock) await this.lock.passRead();
    const before = this.open.size > 0 ? Math.min(...this.open.values()) : undefined;
    const { sql, values } = searchStatement(filter, this.beforeLock ? before : undefined);
    return this.table.query(sql).all(...values) as unknown as EventRow[];
  }

  /** All events that are committed, or those of some types, in the order of their statements. */
  *history(eventTypes?: string[]): Generator<StoredEvent> {
    const marks = eventTypes?.map(() => "?").join(", ");
    const where = eventTypes ? `WHERE event_type IN (${marks})` : "";
    const sql = `SELECT * FROM events ${where} ORDER BY position, in_push`;
    for (const row of this.table.query(sql).iterate(...(eventTypes ?? []))) {
      yield storedEvent(row as unknown as EventRow);
    }
  }

  snapshot(): Snapshot {
    const row = this.table.query("SELECT coalesce(max(rowid), 0) AS last FROM events").get();
    return { lastRow: row?.last as number };
  }

  /** The database as it was at the snapshot: what came later is gone, and its sequences are given again. */
  restore(snapshot: Snapshot): void {
    this.table.query("DELETE FROM events WHERE rowid > ?").run(snapshot.lastRow);
    for (const listener of this.restored) listener();
  }

  /** Part of OpenPush: time, position and sequences for events. */
  async stamp(
    events: NewEvent[],
    createdAt: number,
    position: number,
    push: OpenPush,
  ): Promise<StoredEvent[]> {
    const taken = () =>
      events.some((event) => {
        const holder = this.holders.get(aggregateKey(event));
        return holder !== undefined && holder.push !== push;
      });
    while (taken()) await new Promise<void>((resolve) => this.waiting.push(resolve));
    const stored = this.number(events, createdAt, position);
    for (const event of stored) this.holders.set(aggregateKey(event), { push, last: event.sequence });
    return stored;
  }

  /** Part of OpenPush: commits its events, or none. */
  finish(push: OpenPush, events: StoredEvent[]): void {
    if (events.length > 0) this.table.transaction(() => this.table.write(this.instanceId, events));
    this.open.delete(push);
    for (const [key, holder] of this.holders) if (holder.push === push) this.holders.delete(key);
    if (!this.beforeLock) this.lock.leavePush();
    for (const listener of this.listeners) if (events.length > 0) listener(events);
    const waiting = this.waiting;
    this.waiting = [];
    for (const proceed of waiting) proceed();
  }

  close(): void {
    this.table.close();
  }

  private number(events: NewEvent[], createdAt: number, position: number): StoredEvent[] {
    const last = new Map<string, number>();
    return events.map((event) => {
      const key = aggregateKey(event);
      const before = last.get(key) ?? this.holders.get(key)?.last ?? this.table.sequenceOf(event);
      last.set(key, before + 1);
      return { ...event, sequence: before + 1, createdAt, position };
    });
  }
}

function aggregateKey(event: NewEvent): string {
  return `${event.aggregateType}/${event.aggregateId}`;
}

function storedEvent(row: EventRow): StoredEvent {
  return {
    aggregateType: row.aggregate_type,
    aggregateId: row.aggregate_id,
    eventType: row.event_type,
    resourceOwner: row.resource_owner,
    editorUser: row.editor_user || undefined,
    payload: row.payload === null ? undefined : JSON.parse(row.payload),
    sequence: row.sequence,
    createdAt: row.created_at,
    position: row.position,
  };
}
