/** The events that a ZITADEL holds, read past the forwarder. */
import { DatabaseSync } from "node:sqlite";
import { creationMicros, formatMicros } from "../../forwarder/records/micros";
import type { ZitadelEvent } from "../../forwarder/records/record";
import type { ZitadelApi } from "../plugins/zitadelApi";
import { loginKey } from "./arrivedLogins";
import { eventKey } from "./tally";

export interface Written {
  /** Creation times in microseconds, by key. Grows with each `refresh`. */
  readonly events: ReadonlyMap<string, number>;
  /** The same of those events that are checks of people who sign in, by the key of their login record. */
  readonly checks: ReadonlyMap<string, number>;
  refresh(): Promise<void>;
  close(): void;
}

/** The checks after which an Action runs. */
const CHECK = /^user\.human\.(?:password|externallogin)\.check\.(succeeded|failed)$/;

/** The rows of the stand-in's store, by a connection of its own. */
export class StoreWritten implements Written {
  readonly events = new Map<string, number>();
  readonly checks = new Map<string, number>();
  readonly #database: DatabaseSync;
  #lastRow = 0;

  constructor(path: string) {
    this.#database = new DatabaseSync(path, { readOnly: true });
  }

  async refresh(): Promise<void> {
    const rows = this.#database
      .prepare(
        `SELECT rowid, aggregate_type, aggregate_id, event_type, sequence, created_at, payload
           FROM events WHERE rowid > ? ORDER BY rowid`,
      )
      .all(this.#lastRow) as {
      rowid: number;
      aggregate_type: string;
      aggregate_id: string;
      event_type: string;
      sequence: number;
      created_at: number;
      payload: string | null;
    }[];
    for (const row of rows) {
      this.#lastRow = row.rowid;
      const key = eventKey(row.aggregate_type, row.aggregate_id, row.sequence, row.created_at);
      this.events.set(key, row.created_at);
      const end = CHECK.exec(row.event_type)?.[1];
      const { id } = JSON.parse((end && row.payload) || "{}") as { id?: string };
      // Without an authentication request no hosted login was there that could run an Action.
      if (id !== undefined)
        this.checks.set(loginKey(id, end === "succeeded" ? "success" : "failure"), row.created_at);
    }
  }

  close(): void {
    this.#database.close();
  }
}

/** Microseconds that are read again each time, for events that became visible late. */
const OVERLAP = 30_000_000;
/** The Events API gives at most so many in one answer. */
const PAGE = 1000;

/** The events of a real instance since the creation of the reader's service account, by the administrator's key. */
export class ApiWritten implements Written {
  readonly events = new Map<string, number>();
  /** None: nobody signs in whom a run reports. */
  readonly checks = new Map<string, number>();
  #readUntil: number;

  private constructor(
    private readonly api: ZitadelApi,
    private readonly start: number,
  ) {
    this.#readUntil = start;
  }

  static async open(api: ZitadelApi, readerUserId: string): Promise<ApiWritten> {
    const { events = [] } = await search(api, {
      asc: true,
      limit: 1,
      aggregateTypes: ["user"],
      aggregateId: readerUserId,
      range: { since: formatMicros(0), until: formatMicros(nowMicros() + OVERLAP) },
    });
    if (events[0] === undefined) throw new Error(`ZITADEL shows no event of the reader ${readerUserId}`);
    return new ApiWritten(api, creationMicros(events[0].creationDate));
  }

  async refresh(): Promise<void> {
    const now = nowMicros();
    // ZITADEL's clock may be ahead of this machine's.
    await this.#read(Math.max(this.start, this.#readUntil - OVERLAP) - 1, now + OVERLAP);
    this.#readUntil = now;
  }

  close(): void {}

  /** Both bounds are exclusive. A full page may not be all: its window is halved. */
  async #read(since: number, until: number): Promise<void> {
    const range = { since: formatMicros(since), until: formatMicros(until) };
    const { events = [] } = await search(this.api, { asc: true, limit: PAGE, range });
    if (events.length === PAGE && until - since > 3) {
      const middle = Math.floor((since + until) / 2);
      await this.#read(since, middle + 1);
      await this.#read(middle, until);
      return;
    }
    for (const { aggregate, sequence, creationDate } of events) {
      const created = creationMicros(creationDate);
      this.events.set(eventKey(aggregate.type.type, aggregate.id, sequence, created), created);
    }
  }
}

function search(api: ZitadelApi, request: object): Promise<{ events?: ZitadelEvent[] }> {
  return api.call("POST", "/admin/v1/events/_search", request);
}

function nowMicros(): number {
  return Date.now() * 1000;
}
