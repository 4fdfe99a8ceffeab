import type * as z from "zod";

type Issue = Parameters<z.core.$ZodErrorMap>[0];

/**
 * What is wrong with a property and what to do, for the rules that have no words of their own. A value is never
 * repeated, and a property's name only where it can be nothing else: either may be a secret put in the wrong place.
 */
export function words(issue: Issue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      if (issue.input === undefined) return `is missing: give ${kinds[issue.expected] ?? issue.expected}`;
      if (issue.expected === "string" && (typeof issue.input === "number" || typeof issue.input === "bigint"))
        return numberForText;
      return `must be ${kinds[issue.expected] ?? issue.expected}: correct it`;
    case "invalid_value":
      return `must be one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
    case "too_small":
      return tooSmall(issue.origin, issue.minimum, issue.inclusive !== false);
    case "too_big":
      return tooBig(issue.origin, issue.maximum);
    default:
      return undefined;
  }
}

/** Said of a number: not which one, for it is no longer the one that was written. */
const numberForText =
  'is a number, and numbers do not keep all digits of an id: write it in quotes ("123456789012345678"); in a stack\'s configuration, for a program in YAML: pulumi config set <key> \'"123456789012345678"\', and with --path: pulumi config set --type string --path …';

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
