import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

/** Property values as the engine sends them to a plugin that does not take secrets: plain, or `UNKNOWN`. */
export type Value = string | number | boolean | null | Value[] | { [key: string]: Value };
export type Properties = Record<string, Value>;

/** What stands for a value that is not known in a preview. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The input that lists which inputs the plugin filled in; the Terraform bridge keeps it in the state, too. */
const DEFAULTS = "__defaults";

/** How a property of a resource behaves. */
export interface Property {
  /** Given by ZITADEL, not by the program. */
  output?: true;
  /** An input that ZITADEL fills where the program leaves it out: leaving it out is no change. */
  filled?: true;
  required?: true;
  /** A change makes another resource. */
  replaces?: true;
  /** The order of its elements means nothing. */
  set?: true;
  secret?: true;
  default?: Value;
  /** Made of the resource's name where the program leaves it out. */
  named?: true;
  /** The values that the provider takes. */
  values?: readonly string[];
  /** Says what is wrong with a value, if anything. */
  refuse?: (value: Value) => string | undefined;
}

export type PropertyTable = Record<string, Property>;

/** A failed check of one property. */
export interface Failure {
  property: string;
  reason: string;
}

export interface Difference {
  /** What happens to each property that changes. */
  changes: Map<string, "ADD" | "DELETE" | "UPDATE">;
  replaces: string[];
  /** Properties that cannot change without a replacement, and do not. */
  stables: string[];
  deleteBeforeReplace: boolean;
}

/** The inputs with defaults and name filled in, and what is wrong with them. */
export function check(
  table: PropertyTable,
  given: Properties,
  before: Properties | undefined,
  made: { name: string; randomSeed: Uint8Array },
): { inputs: Properties; failures: Failure[] } {
  const inputs: Properties = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
  const filled: string[] = [];
  for (const [property, { default: standard, named }] of Object.entries(table)) {
    if (inputs[property] === undefined && (standard !== undefined || named)) {
      const kept = defaultsOf(before).includes(property) ? before![property] : undefined;
      inputs[property] = kept ?? standard ?? autoname(made.name, made.randomSeed);
      filled.push(property);
    }
  }
  inputs[DEFAULTS] = filled.sort();
  return { inputs, failures: failed(table, inputs) };
}

/** What is wrong with inputs. Unknown values are not judged. */
export function failed(table: PropertyTable, inputs: Properties): Failure[] {
  return Object.entries(table).flatMap(([property, { required, values, refuse }]) => {
    const value = inputs[property];
    if (value === undefined) {
      return required ? [{ property, reason: `Missing required argument '${property}'` }] : [];
    }
    if (value === UNKNOWN) {
      return [];
    }
    const wrong =
      values && !values.includes(value as string)
        ? `has unsupported enum value "${value}", supported values: ${values.join(", ")}`
        : refuse?.(value);
    return wrong ? [{ property, reason: `Attribute ${property} ${wrong}` }] : [];
  });
}

/** What a change of the inputs means for a resource in the given state. */
export function diff(table: PropertyTable, state: Properties, inputs: Properties): Difference {
  const changes: Difference["changes"] = new Map();
  for (const [property, how] of Object.entries(table)) {
    if (!how.output && isChanged(how, state[property], inputs[property])) {
      const kind =
        state[property] === undefined ? "ADD" : inputs[property] === undefined ? "DELETE" : "UPDATE";
      changes.set(property, kind);
    }
  }
  const forcing = Object.keys(table).filter((property) => table[property]!.replaces);
  const replaces = forcing.filter((property) => changes.has(property));
  const hasOwnName = Object.keys(table).some(
    (property) =>
      table[property]!.named && inputs[property] !== undefined && !defaultsOf(inputs).includes(property),
  );
  return {
    changes,
    replaces,
    stables: forcing.filter((property) => !changes.has(property)),
    deleteBeforeReplace: replaces.length > 0 && hasOwnName,
  };
}

/** An absent value and an empty one are the same, as they are to Terraform. */
function isChanged(how: Property, before: Value | undefined, after: Value | undefined): boolean {
  if (after === undefined && how.filled) {
    return false;
  }
  if (how.set) {
    const [left, right] = [before, after].map((list) =>
      [...new Set((list as string[] | undefined) ?? [])].sort(),
    );
    return after === UNKNOWN || JSON.stringify(left) !== JSON.stringify(right);
  }
  return (before || "") !== (after || "");
}

/** The state of a resource with these inputs, what ZITADEL gives being unknown where `before` does not tell. */
export function planned(table: PropertyTable, inputs: Properties, before?: Properties): Properties {
  const state = stateOf(table, inputs, before);
  for (const [property, { output, filled }] of Object.entries(table)) {
    if (!before && (output || filled) && state[property] === undefined) {
      state[property] = UNKNOWN;
    }
  }
  return state;
}

/** The state of a resource after it got these inputs: outputs that `before` has are kept. */
export function stateOf(table: PropertyTable, inputs: Properties, before: Properties = {}): Properties {
  const state: Properties = {};
  for (const [property, { output, filled, set }] of Object.entries(table)) {
    const value = output ? before[property] : (inputs[property] ?? (filled ? before[property] : undefined));
    if (value !== undefined) {
      state[property] = set && Array.isArray(value) ? setOrder(value as string[]) : value;
    }
  }
  return state;
}

/**
 * The inputs that a refreshed state amounts to: those that were given before, with the values that are now; after an
 * import (`before` is empty) all that are not defaults.
 */
export function inputsOf(table: PropertyTable, state: Properties, before: Properties): Properties {
  const isImport = Object.keys(before).length === 0;
  const inputs: Properties = {};
  for (const [property, { output, default: standard }] of Object.entries(table)) {
    const value = state[property];
    const wanted = isImport ? value !== standard && value !== "" : property in before;
    if (!output && value !== undefined && wanted) {
      inputs[property] = value;
    }
  }
  inputs[DEFAULTS] = defaultsOf(before).filter((property) => inputs[property] === before[property]);
  return inputs;
}

/** Terraform's order of a set's elements: that of their hashes, written as decimal numbers. */
export function setOrder(values: readonly string[]): string[] {
  const hashed = [...new Set(values)].map((value) => ({ value, hash: String(crc32(`${value};`)) }));
  return hashed.sort((a, b) => (a.hash < b.hash ? -1 : 1)).map(({ value }) => value);
}

function defaultsOf(inputs: Properties | undefined): string[] {
  return (inputs?.[DEFAULTS] as string[] | undefined) ?? [];
}

function autoname(name: string, randomSeed: Uint8Array): string {
  return `${name}-${createHash("sha256").update(randomSeed).digest("hex").slice(0, 7)}`;
}
