/** What a search asks for, in the words of ListEventsRequest; all bounds exclusive, times in microseconds. */
export interface EventFilter {
  ascending: boolean;
  /** 1 to 1000 */
  limit: number;
  eventTypes: string[];
  aggregateTypes: string[];
  aggregateId?: string;
  resourceOwner?: string;
  editorUserId?: string;
  /** Ascending: events after this sequence; descending: before it. */
  sequence?: number;
  since?: number;
  until?: number;
}

/** A row of the table as it is read. */
export interface EventRow {
  aggregate_type: string;
  aggregate_id: string;
  event_type: string;
  sequence: number;
  created_at: number;
  position: number;
  editor_user: string;
  editor_service: string;
  resource_owner: string;
  payload: string | null;
}

const COLUMNS = `aggregate_type, aggregate_id, event_type, sequence, created_at, position,
  editor_user, editor_service, resource_owner, payload`;

/**
 * The statement of a search. The index is named because SQLite, without statistics, may sort a million rows: a
 * closed window is found by creation time, one aggregate by its id, all else by walking in the order asked for.
 *
 * @param hiddenFrom positions from here on are not shown (before 4.2, while a transaction is open)
 */
export function searchStatement(
  filter: EventFilter,
  hiddenFrom?: number,
): { sql: string; values: (string | number)[] } {
  const conditions: string[] = [];
  const values: (string | number)[] = [];
  const equal = (column: string, value: string | undefined) => {
    if (value) conditions.push(`${column} = ?`) && values.push(value);
  };
  const oneOf = (column: string, list: string[]) => {
    if (list.length > 0)
      conditions.push(`${column} IN (${list.map(() => "?").join(", ")})`) && values.push(...list);
  };
  const compare = (condition: string, value: number | undefined) => {
    if (value !== undefined) conditions.push(condition) && values.push(value);
  };
  equal("aggregate_id", filter.aggregateId);
  oneOf("aggregate_type", filter.aggregateTypes);
  oneOf("event_type", filter.eventTypes);
  equal("resource_owner", filter.resourceOwner);
  equal("editor_user", filter.editorUserId);
  compare(filter.ascending ? "sequence > ?" : "sequence < ?", filter.sequence);
  compare("created_at > ?", filter.since);
  compare("created_at < ?", filter.until);
  compare("position < ?", hiddenFrom);

  const direction = filter.ascending ? "ASC" : "DESC";
  const where = conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : "";
  const sql = `SELECT ${COLUMNS} FROM events INDEXED BY ${indexFor(filter)} ${where}
    ORDER BY position ${direction}, in_push ${direction}, rowid ${direction} LIMIT ${filter.limit}`;
  return { sql, values };
}

function indexFor(filter: EventFilter): string {
  if (filter.aggregateId) return "events_aggregate";
  return filter.since !== undefined && filter.until !== undefined ? "events_created_at" : "events_position";
}
