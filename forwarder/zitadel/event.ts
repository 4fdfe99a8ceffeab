import { hash } from "node:crypto";
import { creationMicros } from "../records/micros";
import type { ZitadelEvent } from "../records/record";

/** An event that was read and identified, and its creation time in microseconds since 1970. */
export interface ReadEvent {
  event: ZitadelEvent;
  createdMicros: number;
}

/**
 * An event without what identifies it: it cannot be a record, yet it must not vanish either. `known` is what
 * it says of itself apart from its payload, which may hold secrets that nobody can tell without its type.
 */
export interface PoisonEvent {
  fault: string;
  known: {
    aggregateType?: string;
    aggregateId?: string;
    sequence?: string;
    creationDate?: string;
    type?: string;
  };
}

/** A sequence counts up from 1; beyond this a JavaScript number is not exact. */
const sequencePattern = /^[1-9]\d{0,15}$/;

/**
 * Reads one event of an answer, strictly in what identifies it; the rest is as it came, and what of it leaves
 * is decided where the record is made.
 */
export function readEvent(value: unknown): ReadEvent | PoisonEvent {
  const raw = asObject(value);
  const aggregate = asObject(raw.aggregate);
  const aggregateType = asObject(aggregate.type).type;
  const type = asObject(raw.type).type;
  const { sequence, creationDate } = raw;
  const poison = (fault: string): PoisonEvent => ({
    fault,
    known: knownOf(raw),
  });

  if (value !== raw) return poison("is not an object");
  if (!isText(aggregate.id)) return poison("has no aggregate id");
  if (!isText(aggregateType)) return poison("has no aggregate type");
  if (!isText(type)) return poison("has no event type");
  if (
    typeof sequence !== "string" ||
    !sequencePattern.test(sequence) ||
    Number(sequence) > Number.MAX_SAFE_INTEGER
  )
    return poison("has no usable sequence");
  const createdMicros = microsOf(creationDate);
  if (createdMicros === undefined) return poison("has no usable creation date");

  return { event: value as ZitadelEvent, createdMicros };
}

function microsOf(creationDate: unknown): number | undefined {
  if (typeof creationDate !== "string") return undefined;
  try {
    return creationMicros(creationDate);
  } catch {
    return undefined;
  }
}

const nothing: Record<string, unknown> = {};

/** The value itself if it is an object, else an empty one. */
function asObject(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : nothing;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** What an event says of itself apart from its payload, as far as it is plain. */
export function knownOf(event: object): PoisonEvent["known"] {
  const { aggregate, type, sequence, creationDate } = event as Record<string, unknown>;
  const { id, type: aggregateType } = asObject(aggregate);
  return {
    aggregateType: shown(asObject(aggregateType).type, typeName),
    aggregateId: shown(id, plainId),
    sequence: shown(sequence, plainText),
    creationDate: shown(creationDate, plainText),
    type: shown(asObject(type).type, typeName),
  };
}

/** What stands where an identity should: names of types, … */
const typeName = /^[a-z]\w*(?:\.\w+)*$/i;
/** … numbers, dates and marks, … */
const plainText = /^(?:[\d\W_]{1,40}|[\dTZ:.+-]{1,40}|[a-z]{1,12})$/i;
/** … and ids, which are numbers: another one could be a device code, and without its type nobody can tell. */
const plainId = /^\d{1,40}$/;

/** A value as far as it is plain; else a digest, by which it can be told from others: it may be a secret. */
function shown(value: unknown, plain: RegExp): string | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const text = String(value);
  return plain.test(text) && text.length <= 200 ? text : `sha256:${hash("sha256", text).slice(0, 32)}`;
}
