import * as z from "zod";
import { retryAfterMillis } from "../../http/retryAfter";
import type { Outcome, OutgoingRecord } from "../destination";
import type { HttpAnswer } from "../overHttp/client";
import { outcomeOfAnswer } from "../overHttp/outcome";
import { type BulkError, type Cause, documentReason, requestReason } from "./reason";

const cause: z.ZodType<Cause> = z.object({
  type: z.string().optional(),
  reason: z.string().nullish(),
  caused_by: z.lazy(() => cause).optional(),
});
const error = z.object({ type: z.string(), reason: z.string().nullish(), caused_by: cause.optional() });
const bulkAnswer = z.object({
  items: z.array(z.object({ create: z.object({ status: z.int(), error: error.optional() }) })),
});
const failedAnswer = z.object({ error });

/**
 * Errors of a document that are not about it: a person has to act, and the same document is then taken. All else
 * with a status of 4xx is about the document.
 */
const remedies: Record<string, string> = {
  security_exception: "allow this credential to create documents and indices there, or give another",
  cluster_block_exception: "free space on the server and lift the block on writing, or open the index",
  index_closed_exception: "open the index",
  index_not_found_exception:
    "let the server create indices of this name by itself (action.auto_create_index)",
  invalid_index_name_exception: "correct the destination's index",
  validation_exception:
    "let the cluster have more shards (cluster.max_shards_per_node), or delete old indices",
};

/** What a document's status means: 409 says that its index holds the id already. */
function judge(status: number, type: string): "there" | "retry" | "fault" | "refused" {
  if (status < 300 || status === 409) return "there";
  if (status === 408 || status === 429 || status >= 500) return "retry";
  return status === 401 || status === 403 || remedies[type] !== undefined ? "fault" : "refused";
}

/**
 * What an answer of the bulk API
 * (https://docs.opensearch.org/docs/latest/api-reference/document-apis/bulk/#response) means for the records of its
 * request. A 200 says nothing by itself: each document has its own status, in the order of the request.
 */
export function outcomeOfBulk(
  answer: HttpAnswer,
  records: readonly OutgoingRecord[],
  nowMillis: number,
): Outcome {
  const { status, retryAfter, text } = answer;
  const whole = outcomeOfAnswer(status, retryAfter, nowMillis);
  // Its words may be about a document: which one is not known.
  if (whole.kind !== "acknowledged")
    return { ...whole, reason: `answered ${status}${typeOf(text)}` } as Outcome;
  const read = read200(text);
  if (read?.items.length !== records.length) return notBulk(status, read?.items.length, records.length);
  const refused = new Map<string, string>();
  const again = new Set<string>();
  let firstRetry = "";
  for (const [place, record] of records.entries()) {
    const { status, error = { type: "without an error" } } = read.items[place]!.create;
    const judgement = judge(status, error.type);
    if (judgement === "there") continue;
    const reason = documentReason(status, error, record.body);
    // What else of the batch was taken is found there when it is sent again.
    if (judgement === "fault")
      return { kind: "fault", reason, remedy: remedies[error.type] ?? remedies.security_exception! };
    if (judgement === "refused") refused.set(record.id, reason);
    else {
      again.add(record.id);
      firstRetry ||= reason;
    }
  }
  if (refused.size + again.size === 0) return whole;
  const reason = again.size === 0 ? "" : `${again.size} of ${records.length} documents: ${firstRetry}`;
  const afterMillis = retryAfterMillis(retryAfter, nowMillis);
  return { kind: "divided", refused, retry: { ids: again, reason, afterMillis } };
}

/** What went wrong with a request about the index template. */
export function templateReason({ status, text }: HttpAnswer): string {
  return requestReason(status, errorIn(text));
}

function typeOf(text: string): string {
  const found = errorIn(text);
  return found ? ` ${found.type}` : "";
}

function errorIn(text: string): BulkError | undefined {
  try {
    return failedAnswer.parse(JSON.parse(text)).error;
  } catch {
    return undefined;
  }
}

function read200(text: string): z.infer<typeof bulkAnswer> | undefined {
  try {
    return bulkAnswer.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function notBulk(status: number, items: number | undefined, records: number): Outcome {
  return {
    kind: "fault",
    reason:
      items === undefined
        ? `answered ${status} with something that is no answer of the bulk API`
        : `answered ${status} about ${items} of ${records} documents`,
    remedy: "correct the destination's url, or look into what changes answers on their way",
  };
}
