import { creationMicros } from "../micros";

export type JsonObject = { [name: string]: unknown };

export function objectIn(value: unknown): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

/** A text that says something: an empty one is none. */
export function textIn(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The first of an object's properties that is a text. */
export function firstText(object: JsonObject | undefined, ...names: string[]): string | undefined {
  for (const name of names) {
    const text = textIn(object?.[name]);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** Microseconds since 1970 of an RFC 3339 time; 0 for what is none. */
export function microsOf(time: string | undefined): number {
  try {
    return time === undefined ? 0 : Math.max(0, creationMicros(time));
  } catch {
    return 0;
  }
}

/** The object without properties that are undefined, or undefined when none is left. */
export function without<T extends object>(object: T): T | undefined {
  let kept: Partial<T> | undefined;
  for (const name in object)
    if (object[name] !== undefined) {
      kept ??= {};
      kept[name] = object[name];
    }
  return kept as T | undefined;
}
