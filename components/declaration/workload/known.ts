import { type Read, readDeep } from "../read";

/** An object of which nothing but its names is known. */
export type Properties = { readonly [name: string]: unknown };

/** What is known of a value, at every depth; what comes later is undefined. */
export const knownOf = (value: unknown, read: Read): unknown =>
  readDeep(value, (input) => read<unknown>(input, undefined) as never);

/** A value as an object, an empty one of what is none. */
export const objectOf = (value: unknown): Properties =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Properties) : {};

/** A value as a list, an empty one of what is none. */
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
