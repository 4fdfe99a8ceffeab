import * as pulumi from "@pulumi/pulumi";

/**
 * Reads an input. What is known gives its value; what is not known yet gives `placeholder`, a value that is
 * right, so that everything around it can be checked.
 */
export type Read = <T>(input: pulumi.Input<T>, placeholder: T) => T;

/** Whether an input's value is known only later. */
export const isLater = (input: unknown): boolean =>
  pulumi.Output.isInstance(input) || input instanceof Promise;

/** Reads what is plain; what comes later is taken as right. */
export const readPlain: Read = (input, placeholder) =>
  isLater(input) ? placeholder : (input as typeof placeholder);

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
