import { isDeepStrictEqual } from "node:util";
import type { StoreRow } from "./ledger";

/** Compares what records say of their session with what the session's first event says in the store. */
export class Sessions {
  /** Records with the beginning of a session that began in an earlier push than theirs. */
  carried = 0;
  private readonly beginnings = new Map<string, { at: number; session: object }>();

  constructor(rows: Iterable<StoreRow>) {
    for (const row of rows) {
      const { aggregate_type: type, aggregate_id: id, payload } = row;
      if (row.event_type !== `${type}.added` || !["session", "oidc_session"].includes(type)) continue;
      const said = JSON.parse(payload ?? "{}");
      const userAgent = said.user_agent ?? said.userAgent;
      if (userAgent === undefined) continue;
      const session = { id: type === "session" ? id : said.sessionID, userAgent };
      this.beginnings.set(`${type}/${id}`, { at: row.created_at, session });
    }
  }

  /**
   * What is wrong with a record's `session`. It may be absent where the event came in another push than the beginning:
   * that may have become visible later.
   */
  differences(row: StoreRow, session: object | undefined): string[] {
    const beginning = this.beginnings.get(`${row.aggregate_type}/${row.aggregate_id}`);
    const first = row.event_type === `${row.aggregate_type}.added`;
    if (session === undefined)
      return beginning?.at === row.created_at && !first ? ["the beginning of its session is missing"] : [];
    if (first || !isDeepStrictEqual(session, beginning?.session))
      return [
        `its session is ${JSON.stringify(session)}, the store has ${JSON.stringify(beginning?.session)}`,
      ];
    if (beginning!.at < row.created_at) this.carried += 1;
    return [];
  }
}
