import * as z from "zod";
import { serverWords } from "../../records/redaction/serverWords";
import type { Outcome, OutgoingRecord } from "../destination";
import type { HttpAnswer } from "../overHttp/client";
import { outcomeOfAnswer } from "../overHttp/outcome";

const reply = z.object({
  text: z.string().optional().catch(undefined),
  code: z.number().optional().catch(undefined),
  ackId: z.int().optional().catch(undefined),
  "invalid-event-number": z.int().optional().catch(undefined),
});

/** What the HTTP Event Collector says in an answer's body. Everything may be missing. */
export type Reply = z.infer<typeof reply>;

export function readReply(text: string): Reply {
  try {
    return reply.parse(JSON.parse(text));
  } catch {
    return {};
  }
}

/**
 * What to do about the codes that only a person can change
 * (https://docs.splunk.com/Documentation/Splunk/latest/Data/TroubleshootHTTPEventCollector).
 */
const remedies: Record<number, string> = {
  1: "enable the token in Splunk, or give another",
  2: "give the token: its file is read again when it changes",
  3: "give the token: its file is read again when it changes",
  4: "give a token that this Splunk knows: its file is read again when it changes",
  7: "create the index and allow the token to write to it, or correct the destination's index",
  10: "set acknowledgement to true: the token has indexer acknowledgement enabled",
  11: "look into what changes the request on its way: the channel that is sent is a GUID",
  14: "enable indexer acknowledgement for the token, or set acknowledgement to false",
  16: "look into what changes the request on its way: the token is sent as a header",
  21: "give a token that this Splunk knows: its file is read again when it changes",
  22: "enable the token in Splunk, or give another",
};

/** No data, invalid format, an event missing, blank, or with fields that cannot be indexed. */
const refusals = [5, 6, 12, 13, 15];

/** What an answer of the HTTP Event Collector means for the records of its request. */
export function outcomeOfCollector(
  answer: HttpAnswer,
  records: readonly OutgoingRecord[],
  nowMillis: number,
): Outcome {
  const { status, retryAfter, text: body } = answer;
  const outcome = outcomeOfAnswer(status, retryAfter, nowMillis);
  if (outcome.kind === "acknowledged") return outcome;
  const { code, text = "", "invalid-event-number": number = -1 } = readReply(body);
  const words = serverWords(text);
  const reason = `answered ${status}${code === undefined ? "" : ` code ${code}`}${words ? `: ${words}` : ""}`;
  if (status >= 500 || code === undefined) return { ...outcome, reason } as Outcome;
  const remedy = remedies[code];
  if (remedy !== undefined) return { kind: "fault", reason, remedy };
  if (!refusals.includes(code)) return { ...outcome, reason } as Outcome;
  const refused = records[number];
  if (refused === undefined || records.length === 1) return { kind: "refused", reason };
  // Nothing says that the events before it were kept.
  const ids = new Set(records.filter((record) => record !== refused).map(({ id }) => id));
  return {
    kind: "divided",
    refused: new Map([[refused.id, reason]]),
    retry: { ids, reason: `sent with a record that was refused (${reason})`, afterMillis: 0 },
  };
}
