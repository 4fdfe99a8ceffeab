import * as z from "zod";
import { serverWords } from "../../records/redaction/serverWords";
import type { Outcome, OutgoingRecord } from "../destination";
import type { HttpAnswer } from "../overHttp/client";
import { outcomeOfAnswer } from "../overHttp/outcome";
import { decodePartialSuccess, decodeStatusMessage, type PartialSuccess } from "./protobuf";

/** In JSON 64-bit integers are texts, and what is zero or empty may be left out. */
const jsonAnswer = z.object({
  partialSuccess: z
    .object({ rejectedLogRecords: z.coerce.number().default(0), errorMessage: z.string().default("") })
    .optional(),
});
const jsonStatus = z.object({ message: z.string().default("") });

/** What a request may be sent again for as it is (https://opentelemetry.io/docs/specs/otlp/#failures-1). */
const retryable = [429, 502, 503, 504];

/**
 * What a receiver's answer means for the records of its request.
 *
 * A partial success is final and names no record: to send them again would repeat those that were taken. So all
 * of them are set aside, with a reason that says how many of them were refused.
 */
export function outcomeOfReceiver(
  answer: HttpAnswer,
  records: readonly OutgoingRecord[],
  nowMillis: number,
): Outcome {
  const { status, retryAfter } = answer;
  const outcome = outcomeOfAnswer(status, retryAfter, nowMillis);
  if (outcome.kind === "acknowledged") {
    const partial = partialSuccess(answer);
    return partial && partial.rejected > 0 ? setAside(records, partial) : outcome;
  }
  const message = statusMessage(answer);
  const words = message === undefined ? undefined : serverWords(message);
  const reason = `answered ${status}${words ? `: ${words}` : ""}`;
  // Only a receiver of OTLP says what is wrong as a Status; a 500 without one comes from what is before it.
  if (status >= 500 && !retryable.includes(status) && message !== undefined)
    return { kind: "refused", reason };
  return "reason" in outcome ? { ...outcome, reason } : outcome;
}

function setAside(records: readonly OutgoingRecord[], { rejected, message }: PartialSuccess): Outcome {
  const words = serverWords(message);
  const which = rejected < records.length ? ", which ones is unknown" : "";
  const reason = `${rejected} of ${records.length} refused${which}${words ? `: ${words}` : ""}`;
  return {
    kind: "divided",
    refused: new Map(records.map(({ id }) => [id, reason])),
    retry: { ids: new Set(), reason },
  };
}

function partialSuccess(answer: HttpAnswer): PartialSuccess | undefined {
  return read(
    answer,
    () => decodePartialSuccess(answer.body),
    (value) => {
      const { partialSuccess: partial } = jsonAnswer.parse(value);
      return partial && { rejected: partial.rejectedLogRecords, message: partial.errorMessage };
    },
  );
}

function statusMessage(answer: HttpAnswer): string | undefined {
  return read(
    answer,
    () => decodeStatusMessage(answer.body),
    (value) => jsonStatus.parse(value).message,
  );
}

/** An answer's body by its type; undefined for a body that is not what OTLP answers. */
function read<T>(
  { contentType = "", body }: HttpAnswer,
  protobuf: () => T,
  json: (value: unknown) => T,
): T | undefined {
  try {
    if (contentType.startsWith("application/x-protobuf")) return protobuf();
    if (contentType.startsWith("application/json")) return json(JSON.parse(body.toString()));
  } catch {
    // Not what its type says.
  }
  return undefined;
}
