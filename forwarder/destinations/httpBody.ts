import type { OutgoingRecord } from "./destination";

/** How records stand in a request's body: one JSON array, or a JSON object a line. */
export type HttpFormat = "json" | "ndjson";

const comma = Buffer.from(",");
const newline = Buffer.from("\n");
const open = Buffer.from("[");
const close = Buffer.from("]");

export const contentTypes: Record<HttpFormat, string> = {
  json: "application/json",
  ndjson: "application/x-ndjson",
};

/** The body of a request: the records' texts as they are, framed. */
export function httpBody(records: readonly OutgoingRecord[], format: HttpFormat): Buffer {
  const parts: Uint8Array[] = format === "json" ? [open] : [];
  for (const [index, { body }] of records.entries()) {
    if (format === "json" && index > 0) parts.push(comma);
    parts.push(body);
    if (format === "ndjson") parts.push(newline);
  }
  if (format === "json") parts.push(close);
  return Buffer.concat(parts);
}
