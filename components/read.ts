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

/** Reads texts by their names. */
export const readEach = (values: { [name: string]: pulumi.Input<string> }, read: Read) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, read(value, "unknown")]));
