import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { Sessions } from "./ledgerSessions";

/** A row of the stand-in's store, read by a connection of the checker's own. */
export interface StoreRow {
  instance_id: string;
  aggregate_type: string;
  aggregate_id: string;
  event_type: string;
  sequence: number;
  created_at: number;
  editor_user: string;
  editor_service: string;
  resource_owner: string;
  payload: string | null;
}

/** What arrived: one record as the receiver wrote it to its file. */
interface Arrived {
  id: string;
  source: string;
  instance: { id: string };
  event?: {
    editor?: { userId?: string; service?: string };
    aggregate: { id: string; type: { type: string }; resourceOwner?: string };
    sequence: string;
    creationDate: string;
    payload?: unknown;
    type: { type: string };
  };
  session?: { id?: string; userAgent: object };
  notice?: Notice;
  withheld?: { path: string }[];
}

/** What the forwarder reported of itself, as it arrived. */
export interface Notice {
  type: string;
  message: string;
  [property: string]: unknown;
}

/** What the comparison of the store with the receiver's file found. */
export interface Ledger {
  written: number;
  /** Lines in the receiver's file, of every source. */
  arrived: number;
  /** Events of the store that the receiver does not have. */
  missing: string[];
  /** Arrivals of an id beyond its first. */
  duplicates: number;
  /** Events whose content differs from the store's row, with what differs. */
  different: string[];
  /** Events that arrived and are in no row of the store. */
  unknown: string[];
  /** Events with what their session began with, in an earlier push than theirs. */
  ofSessions: number;
  notices: Record<string, number>;
}

/**
 * Compares the store's rows with the receiver's file. It shares no code with the forwarder: ids are computed
 * here anew, from their definition, and content is compared field by field.
 *
 * @param databases the store's file; several when it was restored: an event of any of them must have arrived
 * @param where restricts the rows, SQL: for filters and time frames
 */
export function compare(databases: string | readonly string[], receiverFile: string, where = "true"): Ledger {
  const rows = rowsById([databases].flat(), where);
  const arrivals = new Map<string, Arrived>();
  const ledger: Ledger = {
    written: rows.size,
    arrived: 0,
    missing: [],
    duplicates: 0,
    different: [],
    unknown: [],
    ofSessions: 0,
    notices: {},
  };
  for (const line of readFileSync(receiverFile, "utf8").split("\n")) {
    if (line === "") continue;
    ledger.arrived += 1;
    const record = JSON.parse(line) as Arrived;
    if (record.notice) {
      ledger.notices[record.notice.type] = (ledger.notices[record.notice.type] ?? 0) + 1;
      continue;
    }
    if (arrivals.has(record.id)) ledger.duplicates += 1;
    else arrivals.set(record.id, record);
  }
  const sessions = new Sessions(rows.values());
  for (const [id, row] of rows) {
    const record = arrivals.get(id);
    arrivals.delete(id);
    if (record === undefined) {
      ledger.missing.push(nameOf(row));
      continue;
    }
    const found = [...differences(row, record), ...sessions.differences(row, record.session)];
    ledger.different.push(...found.map((what) => `${nameOf(row)}: ${what}`));
  }
  ledger.ofSessions = sessions.carried;
  ledger.unknown = [...arrivals.keys()];
  return ledger;
}

/** What the receiver's file holds of one type of notices. */
export function noticesIn(receiverFile: string, type: string): Notice[] {
  return readFileSync(receiverFile, "utf8")
    .split("\n")
    .filter((line) => line.includes('"notice"'))
    .map((line) => (JSON.parse(line) as Arrived).notice)
    .filter((notice) => notice?.type === type) as Notice[];
}

/** Ids of the events that arrived and were created at or after a time, microseconds since 1970. */
export function arrivedCreatedSince(receiverFile: string, micros: number): Set<string> {
  const ids = new Set<string>();
  for (const line of readFileSync(receiverFile, "utf8").split("\n")) {
    if (line === "") continue;
    const { id, event } = JSON.parse(line) as Arrived;
    if (event && microsOf(event.creationDate) >= micros) ids.add(id);
  }
  return ids;
}

function rowsById(databases: readonly string[], where: string): Map<string, StoreRow> {
  const rows = new Map<string, StoreRow>();
  for (const database of databases) {
    const store = new DatabaseSync(database, { readOnly: true });
    for (const row of store.prepare(`SELECT * FROM events WHERE ${where}`).iterate())
      rows.set(idOf(row as unknown as StoreRow), row as unknown as StoreRow);
    store.close();
  }
  return rows;
}

function nameOf(row: StoreRow): string {
  return `${row.aggregate_type}/${row.aggregate_id}/${row.sequence} ${row.event_type} at ${row.created_at}`;
}

function idOf(row: StoreRow): string {
  const hash = createHash("sha256");
  for (const part of [
    row.instance_id,
    row.aggregate_type,
    row.aggregate_id,
    String(row.sequence),
    String(row.created_at),
  ])
    hash.update(`${Buffer.byteLength(part)}:${part}`);
  return `v1-${hash.digest("hex").slice(0, 32)}`;
}

function differences(row: StoreRow, record: Arrived): string[] {
  const { event } = record;
  if (event === undefined) return ["the record holds no event"];
  const found: string[] = [];
  const expect = (what: string, wanted: unknown, got: unknown) => {
    if (wanted !== got)
      found.push(`${what} is ${JSON.stringify(got)}, the store has ${JSON.stringify(wanted)}`);
  };
  expect("instance", row.instance_id, record.instance.id);
  expect("type", row.event_type, event.type.type);
  expect("aggregate type", row.aggregate_type, event.aggregate.type.type);
  expect("aggregate id", row.aggregate_id, event.aggregate.id);
  expect("resource owner", row.resource_owner, event.aggregate.resourceOwner ?? "");
  expect("sequence", String(row.sequence), event.sequence);
  expect("creation time", row.created_at, microsOf(event.creationDate));
  expect("editor", row.editor_user, event.editor?.userId ?? "");
  expect("editor's service", row.editor_service, event.editor?.service ?? "");
  const withheld = new Set((record.withheld ?? []).map(({ path }) => path));
  const stored = leaves(row.payload === null ? undefined : JSON.parse(row.payload), "/payload");
  const sent = leaves(event.payload, "/payload");
  for (const [path, value] of stored)
    if (!sent.has(path)) {
      if (!covers(withheld, path)) found.push(`${path} is missing and not said to be withheld`);
    } else expect(path, value, sent.get(path));
  for (const path of sent.keys()) if (!stored.has(path)) found.push(`${path} is not in the store`);
  return found;
}

/** Whether the field or one that holds it was withheld. */
function covers(withheld: Set<string>, path: string): boolean {
  for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1))
    if (withheld.has(path.slice(0, end))) return true;
  return false;
}

/** Every value of a JSON document that is no object and no array, by its JSON pointer. */
function leaves(value: unknown, path: string, into = new Map<string, unknown>()): Map<string, unknown> {
  if (value === undefined) return into;
  if (typeof value !== "object" || value === null) return into.set(path, value);
  for (const [key, inner] of Object.entries(value))
    leaves(inner, `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`, into);
  return into;
}

function microsOf(date: string): number {
  const fraction = /\.(\d+)Z$/.exec(date)?.[1] ?? "";
  const seconds = Date.parse(date.replace(/\.\d+Z$/, "Z")) / 1000;
  return seconds * 1_000_000 + Number(fraction.padEnd(6, "0"));
}
