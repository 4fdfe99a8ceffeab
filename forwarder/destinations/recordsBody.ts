import type { OutgoingRecord } from "./destination";

/** How records stand in a request's body: one JSON array, or a JSON object a line. */
export type BodyForm = "json" | "ndjson";

export const contentTypes: Record<BodyForm, string> = {
  json: "application/json",
  ndjson: "application/x-ndjson",
};

/** The body of a request: the records' texts as they are, framed, in UTF-8. */
export function recordsBody(records: readonly OutgoingRecord[], form: BodyForm): Buffer {
  const texts = records.map(({ body }) => body);
  return Buffer.from(form === "json" ? `[${texts.join(",")}]` : texts.map((text) => `${text}\n`).join(""));
}
