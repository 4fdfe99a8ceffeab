import type * as z from "zod";

type Issue = Parameters<z.core.$ZodErrorMap>[0];

/**
 * What is wrong with a property and what to do, for the rules that have no words of their own. A value is never
 * repeated, and a property's name only where it can be nothing else: either may be a secret put in the wrong place.
 */
export function configurationWords(issue: Issue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      if (issue.input === undefined) return `is missing: give ${kinds[issue.expected] ?? issue.expected}`;
      return `must be ${kinds[issue.expected] ?? issue.expected}: correct it`;
    case "invalid_value":
      return `must be one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
    case "too_small":
      return tooSmall(issue.origin, issue.minimum, issue.inclusive !== false);
    case "too_big":
      return tooBig(issue.origin, issue.maximum);
    case "unrecognized_keys":
      return `has ${issue.keys.map(shownKey).join(", ")}, which is no property: correct the name or take it out`;
    default:
      return undefined;
  }
}

const kinds: Record<string, string> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

function tooSmall(origin: string, minimum: number | bigint, inclusive: boolean): string {
  if (origin === "array") return "is empty: give at least one";
  if (origin === "string") return "is empty: give a text, or leave the property out";
  return inclusive ? `is too small: give at least ${minimum}` : `is too small: give more than ${minimum}`;
}

function tooBig(origin: string, maximum: number | bigint): string {
  if (origin === "array") return `has too many entries: give at most ${maximum}`;
  if (origin === "string") return `is too long: give at most ${maximum} characters`;
  return `is too large: give at most ${maximum}`;
}

function shownKey(key: string): string {
  return /^[A-Za-z][A-Za-z0-9]{0,39}$/.test(key) ? `"${key}"` : "a name that is not shown";
}
