import * as z from "zod";
import { type ComponentName, componentArguments } from "../../contract/declaration/components";
import { declaredCredential } from "../../contract/declaration/credential";
import { innerSchema, itemOf, metaOf, propertiesOf } from "../../contract/schema/described";

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
