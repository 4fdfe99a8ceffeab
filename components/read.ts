import type * as pulumi from "@pulumi/pulumi";

/**
 * Reads an input. What is known gives its value; what is not known yet gives `placeholder`, a value that is
 * right, so that everything around it can be checked.
 */
export type Read = <T>(input: pulumi.Input<T>, placeholder: T) => T;

/** Reads an input that may be left out. */
export function optional<T>(
  input: pulumi.Input<T> | undefined,
  read: Read,
  placeholder: T | undefined,
): T | undefined {
  return input === undefined ? undefined : read<T | undefined>(input, placeholder);
}

/** Reads what may hold inputs at any depth: a text stands for what is not known yet. */
export function readDeep(value: unknown, read: Read): unknown {
  const known = read(value as pulumi.Input<unknown>, "unknown");
  if (Array.isArray(known)) return known.map((item) => readDeep(item, read));
  if (typeof known !== "object" || known === null) return known;
  return Object.fromEntries(Object.entries(known).map(([name, inner]) => [name, readDeep(inner, read)]));
}

/** Reads texts by their names. */
export const readEach = (values: { [name: string]: pulumi.Input<string> }, read: Read) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, read(value, "unknown")]));
