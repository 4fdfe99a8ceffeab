import { creationMicros } from "../../forwarder/records/micros";
import { isMicrosecond, narrowed, nextWidth, type Span } from "../../forwarder/sources/events/window";
import { searchBody } from "../../forwarder/zitadel/search";

/** Events in one page, and the width of the first window (microseconds): as the forwarder's source has them. */
const LIMIT = 1000;
const FIRST_WIDTH = 60_000_000;

/**
 * The searches that read a span page by page in closed windows as the forwarder does: for a loop that has
 * nothing to do but to send them.
 */
export async function scoutSearches(issuer: string, token: string, whole: Span): Promise<string[]> {
  const searches: string[] = [];
  let width = FIRST_WIDTH;
  for (let at = whole.fromMicros; at < whole.toMicros; ) {
    let span: Span = { fromMicros: at, toMicros: at + width };
    for (;;) {
      const search = searchBody({ ...span, filter: {}, limit: LIMIT });
      searches.push(search);
      const created = await creationTimes(issuer, token, search);
      if (created.length < LIMIT) {
        width = nextWidth(span.toMicros - span.fromMicros, created.length, LIMIT, 0);
        break;
      }
      if (isMicrosecond(span)) throw new Error("a crowded microsecond in the history of the bench");
      span = narrowed(span, created, LIMIT);
    }
    at = span.toMicros;
  }
  return searches;
}

async function creationTimes(issuer: string, token: string, search: string): Promise<number[]> {
  const answer = await fetch(`${issuer}/admin/v1/events/_search`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: search,
  });
  if (!answer.ok) throw new Error(`a search of the scout was answered ${answer.status}`);
  const { events = [] } = (await answer.json()) as { events?: { creationDate: string }[] };
  return events.map(({ creationDate }) => creationMicros(creationDate));
}
