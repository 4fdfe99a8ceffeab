import { creationMicros } from "../micros";
import { parseJson } from "../rawNumber";
import type { Road } from "../record";

/** What a record says, in whatever format it is then told. A fact that the record does not hold is absent. */
export interface Facts {
  /** The whole record as the journal keeps it. */
  record: JsonObject;
  id: string;
  road: Road;
  instanceId?: string;
  /** RFC 3339, as it was written. */
  observedDate?: string;
  /** When it happened: RFC 3339 in the digits that ZITADEL sent. */
  time?: string;
  /** The same in microseconds since 1970; 0 when it is not known. */
  micros: number;
  /** The event's type, `login.` and the flow for a login record, `forwarder.` and the type for a notice. */
  name: string;
}

export type JsonObject = { [name: string]: unknown };

/** Reads a record of the journal. A text that is no such record gives facts that hold next to nothing. */
export function readFacts(journalText: string): Facts {
  const record = objectIn(parsed(journalText)) ?? {};
  const event = objectIn(record.event);
  const login = objectIn(record.login);
  const observedDate = textIn(record.observedDate);
  const time = textIn(event?.creationDate) ?? textIn(login?.time) ?? observedDate;
  return {
    record,
    id: textIn(record.id) ?? "",
    road: (textIn(record.road) ?? "forwarder") as Road,
    instanceId: textIn(objectIn(record.instance)?.id),
    observedDate,
    time,
    micros: microsOf(time),
    name: nameOf(record, event, login),
  };
}

function nameOf(record: JsonObject, event?: JsonObject, login?: JsonObject): string {
  if (event) return textIn(objectIn(event.type)?.type) ?? "unknown";
  if (login) return `login.${textIn(login.flow) ?? "unknown"}`;
  return `forwarder.${textIn(objectIn(record.notice)?.type) ?? "unknown"}`;
}

/** Microseconds of an RFC 3339 time; 0 for what is none. */
export function microsOf(time: string | undefined): number {
  try {
    return time === undefined ? 0 : Math.max(0, creationMicros(time));
  } catch {
    return 0;
  }
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

export function objectIn(value: unknown): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

/** A text that says something: an empty one is none. */
export function textIn(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
