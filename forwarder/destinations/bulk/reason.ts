import { serverWords } from "../../records/redaction/serverWords";

/** What the server says is wrong with a document or a request. */
export interface BulkError extends Cause {
  type: string;
}

/** What caused an error, which may itself have a cause. */
export interface Cause {
  type?: string;
  reason?: string | null;
  caused_by?: Cause;
}

/** Where the server begins to repeat what is in a document. */
const repeats = / ?(Preview of field's value|The prefix of the first immense term|Original message:)/;
/** What stands in quotation marks or brackets is a field's name, an id, or a value. */
const quoted = /'[^']*'|"[^"]*"|\[[^\]]*\]/g;
const CUT = "…";

/**
 * The server's words about a document without what the document holds: where it repeats a value, that is cut out.
 * What caused an error is named by its type alone; its words are mostly about the value.
 * @param body the document as JSON text
 */
export function documentReason(status: number, error: BulkError, body: string): string {
  const values = valuesIn(body);
  const [said = ""] = (error.reason ?? "").split(repeats);
  const words = serverWords(
    said.replace(quoted, (all) => {
      const inner = all.slice(1, -1);
      return all.startsWith("'") || values.has(inner) ? `${all[0]}${CUT}${all.at(-1)}` : all;
    }),
  );
  const cause = error.caused_by?.type;
  return `answered ${status} ${error.type}${words ? `: ${words}` : ""}${cause ? ` (${cause})` : ""}`;
}

/** The server's words about a request that holds no document, and what caused it in the end. */
export function requestReason(status: number, error: BulkError | undefined): string {
  const words = error?.reason ? serverWords(error.reason) : undefined;
  let cause = error?.caused_by;
  while (cause?.caused_by?.reason) cause = cause.caused_by;
  const first = cause?.reason ? serverWords(cause.reason) : undefined;
  return `answered ${status}${error ? ` ${error.type}` : ""}${words ? `: ${words}` : ""}${first ? ` (${first})` : ""}`;
}

/** Every value in a document as text. */
function valuesIn(body: string): Set<string> {
  const values = new Set<string>();
  JSON.parse(body, (_, value: unknown) => {
    if (typeof value !== "object") values.add(String(value));
    return value;
  });
  return values;
}
