import { creationMicros } from "../../records/micros";
import type { ZitadelEvent } from "../../records/record";

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
    known: {
      aggregateType: shown(aggregateType),
      aggregateId: shown(aggregate.id),
      sequence: shown(sequence),
      creationDate: shown(creationDate),
      type: shown(type),
    },
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

function shown(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value).slice(0, 200) : undefined;
}
