import * as z from "zod";
import { type ComponentName, componentArguments } from "../../contract/declaration/components";
import { declaredCredential } from "../../contract/declaration/credential";
import {
  innerSchema,
  isOptional,
  itemOf,
  metaOf,
  propertiesOf,
  sampleOf,
} from "../../contract/schema/described";

/** A property that a component knows, where it stands, and in a declaration that has it under a wrong name. */
export interface Misspelling {
  /** Path of what it stands in, for example `destinations[0].http`. */
  within: string;
  right: string;
  wrong: string;
  /** Arguments in which it stands there, and nothing else. */
  args: object;
}

/** Every property that a component knows, at every depth, each with one letter changed at each of its places. */
export function misspellings(component: ComponentName): Misspelling[] {
  return walk(componentArguments[component], [], new Set());
}

type Step = string | number;

function walk(schema: z.ZodType, path: readonly Step[], known: ReadonlySet<z.ZodType>): Misspelling[] {
  const at = metaOf(schema).credential ? declaredCredential : schema;
  const inner = innerSchema(at);
  if (known.has(inner)) return [];
  const further = new Set(known).add(inner);
  const item = itemOf(at);
  if (item) return walk(item, [...path, inner instanceof z.ZodArray ? 0 : "name"], further);
  const properties = propertiesOf(at) ?? {};
  const names = Object.keys(properties);
  return names.flatMap((right) => [
    ...changedLetters(right)
      .filter((wrong) => !names.includes(wrong))
      .map((wrong) => ({ within: pathText(path), right, wrong, args: argsWith([...path, wrong]) })),
    ...walk(properties[right]!, [...path, right], further),
  ]);
}

/** A name with another letter at each of its places. */
const changedLetters = (name: string) =>
  [...name].map((letter, at) => `${name.slice(0, at)}${letter === "q" ? "w" : "q"}${name.slice(at + 1)}`);

const pathText = (path: readonly Step[]) =>
  path.reduce<string>(
    (text, step) => (typeof step === "number" ? `${text}[${step}]` : text === "" ? step : `${text}.${step}`),
    "",
  );

function argsWith([step, ...deeper]: readonly Step[]): object {
  const value = deeper.length === 0 ? "anything" : argsWith(deeper);
  return typeof step === "number" ? [value] : { [step!]: value };
}

/** Arguments with every property that an object must have, at every depth of `args`, so that only names are wrong. */
export function completed(component: ComponentName, args: object): object {
  return filled(componentArguments[component], args) as object;
}

function filled(schema: z.ZodType, value: unknown): unknown {
  const at = metaOf(schema).credential ? declaredCredential : schema;
  if (Array.isArray(value)) return value.map((item) => filled(itemOf(at)!, item));
  if (typeof value !== "object" || value === null) return value;
  const item = itemOf(at);
  const properties = propertiesOf(at) ?? {};
  const given = Object.entries(value).map(([name, one]) => {
    const inner = item ?? properties[name];
    return [name, inner ? filled(inner, one) : one];
  });
  const needed = Object.entries(properties)
    .filter(([name, property]) => !(name in value) && !isOptional(property))
    .map(([name, property]) => [name, filled(property, declaredSample(property))]);
  return Object.fromEntries([...needed, ...given]);
}

/** A value of the right type, as it is declared. */
function declaredSample(schema: z.ZodType): unknown {
  if (metaOf(schema).credential) return { value: "x" };
  const inner = innerSchema(schema);
  if (inner instanceof z.ZodArray) return [declaredSample(inner.element as z.ZodType)];
  if (inner instanceof z.ZodRecord) return { name: { setting: "x" } };
  if (inner instanceof z.ZodObject) return {};
  return sampleOf(schema);
}
