import type { BulkTarget } from "../../../contract/destinations/bulk";
import { formatMicros } from "../../records/micros";
import type { OutgoingRecord } from "../destination";

/** What an answer holds of each document: enough to judge it, and nothing of what was sent. */
const ANSWERED = ["status", "error.type", "error.reason", "error.caused_by.type"];

/** The URL of an API of the server at an address. */
export function apiUrl(address: string, path: string): URL {
  const url = new URL(address);
  url.pathname = url.pathname.replace(/\/+$/, "") + path;
  return url;
}

/** Where batches go. */
export function bulkUrl(address: string): URL {
  const url = apiUrl(address, "/_bulk");
  url.searchParams.set("filter_path", ANSWERED.map((field) => `items.*.${field}`).join());
  return url;
}

/**
 * A record as the two lines of a bulk request that create its document. A repeat is refused by the server with 409
 * because its index holds the `_id`, and by its creation time it always comes to the same index.
 */
export function documentLines(record: OutgoingRecord, target: BulkTarget): string {
  const name = target.dataStream ?? monthlyIndex(target.index, record.createdMicros);
  return `${JSON.stringify({ create: { _index: name, _id: record.id } })}\n${timestamped(record)}\n`;
}

function monthlyIndex(prefix: string, createdMicros: number): string {
  return `${prefix}-${formatMicros(createdMicros).slice(0, 7).replace("-", ".")}`;
}

/** A data stream wants `@timestamp`, and so does whoever searches; ECS has it, as its first field, when it is known. */
function timestamped({ body, createdMicros }: OutgoingRecord): string {
  if (body.startsWith('{"@timestamp":')) return body;
  const rest = body.slice(body.indexOf("{") + 1);
  return `{"@timestamp":"${formatMicros(createdMicros)}"${rest.trimStart().startsWith("}") ? "" : ","}${rest}`;
}
