import { parseJson } from "./rawNumber";
import type { ZitadelEvent } from "./record";

/** An answer that is no list of events. The message never repeats the answer. */
export class MalformedAnswerError extends Error {
  override name = "MalformedAnswerError";
}

/**
 * The events of an answer of the Events API: `{"events":[…]}`, or `{}` for none. Payload numbers that a
 * JavaScript number cannot hold are kept (see `parseJson`), so events from here leave with their digits.
 * The events themselves are not checked: createEventRecord does. Throws MalformedAnswerError.
 */
export function parseEvents(text: string): ZitadelEvent[] {
  let answer: unknown;
  try {
    answer = parseJson(text);
  } catch {
    throw new MalformedAnswerError("ZITADEL's answer to a search for events is no JSON");
  }
  if (typeof answer !== "object" || answer === null || Array.isArray(answer))
    throw new MalformedAnswerError("ZITADEL's answer to a search for events is no object");
  const { events = [] } = answer as { events?: unknown };
  if (!Array.isArray(events) || events.some((event) => typeof event !== "object" || event === null))
    throw new MalformedAnswerError("ZITADEL's answer to a search for events holds no list of events");
  return events as ZitadelEvent[];
}
