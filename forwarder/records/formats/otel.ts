import { isRawNumber } from "../rawNumber";
import type { Facts } from "./facts";
import { type JsonObject, microsOf } from "./json";
import type { Severity } from "./meaning";

/** AnyValue in the JSON mapping of OTLP: 64-bit integers are decimal strings; `{}` is a value that is null. */
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

/**
 * One LogRecord in the JSON mapping of OTLP
 * (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
 */
export interface OtelLogRecord {
  /** Nanoseconds since 1970, decimal; "0" when the time is not known. */
  timeUnixNano: string;
  observedTimeUnixNano: string;
  /** https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
  severityNumber: number;
  severityText: string;
  eventName: string;
  attributes: KeyValue[];
  /** The record in the format `zitadel`, as a map. */
  body: AnyValue;
}

const severityNumbers: Record<Severity, number> = { informational: 9, low: 11, medium: 13, high: 17 };
const severityTexts: Record<Severity, string> = {
  informational: "INFO",
  low: "INFO3",
  medium: "WARN",
  high: "ERROR",
};

/** The LogRecord of a record. */
export function otelLogRecord(facts: Facts): OtelLogRecord {
  const { severity } = facts.meaning;
  return {
    timeUnixNano: nanos(facts.micros),
    observedTimeUnixNano: nanos(microsOf(facts.observedDate)),
    severityNumber: severityNumbers[severity],
    severityText: severityTexts[severity],
    eventName: facts.name,
    attributes: keyValues(attributesOf(facts)),
    body: anyValue(facts.record),
  };
}

/** Attributes of OpenTelemetry's semantic conventions where there is one, else in the namespace `zitadel`. */
function attributesOf(facts: Facts): Record<string, unknown> {
  const { meaning, actor, user, aggregate } = facts;
  return {
    "log.record.uid": facts.id,
    "user.id": actor?.id,
    "user.name": actor?.name,
    "user.email": actor?.email,
    "client.address": facts.address,
    "user_agent.original": facts.userAgent,
    "session.id": facts.sessionId,
    "error.type": facts.error,
    "zitadel.claimed_address": facts.claimedAddress,
    "zitadel.address_from": facts.fromSession && "session",
    "zitadel.source": facts.source,
    "zitadel.category": meaning.categories.join(" "),
    "zitadel.activity": meaning.activity,
    "zitadel.outcome": meaning.outcome,
    "zitadel.instance.id": facts.instanceId,
    "zitadel.organization.id": facts.organizationId,
    "zitadel.organization.name": facts.organizationName,
    "zitadel.application.id": facts.applicationId,
    "zitadel.aggregate.type": aggregate?.type,
    "zitadel.aggregate.id": aggregate?.id,
    "zitadel.sequence": aggregate?.sequence,
    "zitadel.service": facts.service,
    "zitadel.target.user.id": user?.id,
    "zitadel.target.user.name": user?.name,
    "zitadel.target.type": user ? undefined : facts.thing.type,
    "zitadel.target.id": user ? undefined : facts.thing.id,
  };
}

function nanos(micros: number): string {
  return micros === 0 ? "0" : `${micros}000`;
}

function keyValues(object: JsonObject): KeyValue[] {
  const pairs: KeyValue[] = [];
  for (const key in object) if (object[key] !== undefined) pairs.push({ key, value: anyValue(object[key]) });
  return pairs;
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
  if (typeof value === "object" && value !== null)
    return { kvlistValue: { values: keyValues(value as JsonObject) } };
  return {};
}
