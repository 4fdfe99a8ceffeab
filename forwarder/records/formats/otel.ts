import { isRawNumber } from "../rawNumber";
import { type Facts, microsOf, readFacts } from "./facts";

/** AnyValue in the JSON mapping of OTLP: 64-bit integers are decimal strings. */
export type AnyValue =
  | { stringValue: string }
  | { boolValue: boolean }
  | { intValue: string }
  | { doubleValue: number }
  | { arrayValue: { values: AnyValue[] } }
  | { kvlistValue: { values: KeyValue[] } }
  | Record<string, never>;

export interface KeyValue {
  key: string;
  value: AnyValue;
}

/** One LogRecord in the JSON mapping of OTLP (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding). */
export interface OtelLogRecord {
  /** Nanoseconds since 1970, decimal; "0" when the time is not known. */
  timeUnixNano: string;
  observedTimeUnixNano: string;
  severityNumber: number;
  severityText: string;
  eventName: string;
  attributes: KeyValue[];
  /** The record in the format `zitadel`, as a map. */
  body: AnyValue;
}

/** A record of the journal as the JSON text of an OtelLogRecord. */
export function otelText(journalText: string): string {
  return JSON.stringify(otelLogRecord(readFacts(journalText)));
}

function otelLogRecord(facts: Facts): OtelLogRecord {
  const { id, road, instanceId, name, micros, observedDate, record } = facts;
  const attributes = {
    "log.record.uid": id,
    "zitadel.road": road,
    "zitadel.instance.id": instanceId,
  };
  return {
    timeUnixNano: nanos(micros),
    observedTimeUnixNano: nanos(microsOf(observedDate)),
    severityNumber: 9,
    severityText: "INFO",
    eventName: name,
    attributes: keyValues(attributes),
    body: anyValue(record),
  };
}

function nanos(micros: number): string {
  return micros === 0 ? "0" : `${micros}000`;
}

function keyValues(object: object): KeyValue[] {
  return Object.entries(object)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ({ key, value: anyValue(value) }));
}

/** What fits a 64-bit integer for certain. */
const integer = /^-?\d{1,18}$/;

function anyValue(value: unknown): AnyValue {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number")
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  // Digits that a number would lose, and that are no integer, stay a text.
  if (isRawNumber(value))
    return integer.test(value.rawJSON) ? { intValue: value.rawJSON } : { stringValue: value.rawJSON };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  if (typeof value === "object" && value !== null) return { kvlistValue: { values: keyValues(value) } };
  return {};
}
