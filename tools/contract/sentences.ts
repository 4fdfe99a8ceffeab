import * as z from "zod";
import { innerSchema, isOptional, itemOf, metaOf, propertiesOf } from "../../contract/schema/described";

/** What a person reads of a property: what it is, how large it may be, its default, and when to change it. */
export function sentencesOf(schema: z.ZodType): string {
  const initial = defaultOf(schema);
  return sentences(schema, initial === undefined ? undefined : `The default is ${initial}.`);
}

/** The same without the default, for a table that has a column of its own for it. */
export const sentencesBesideDefault = (schema: z.ZodType): string => sentences(schema, undefined);

function sentences(schema: z.ZodType, initial: string | undefined): string {
  const { description, remark } = metaOf(schema);
  return [description, choiceOf(schema), limitsOf(schema), initial, remark].filter(Boolean).join(" ");
}

/** As it follows "The default is": "`info`"; nothing where a property must be given or is one of several. */
export function defaultOf(schema: z.ZodType): string | undefined {
  const { otherwise, choice } = metaOf(schema);
  if (otherwise !== undefined) return otherwise;
  if (choice || !isOptional(schema)) return undefined;
  const initial = schema.safeParse(undefined).data;
  if (initial === undefined)
    throw new Error(`an optional property has no default: ${metaOf(schema).description}`);
  if (propertiesOf(schema)) return "that of each of its properties";
  return shown(initial, schema);
}

/** "From 1 to 600." */
export function limitsOf(schema: z.ZodType): string | undefined {
  const inner = innerSchema(schema);
  if (inner instanceof z.ZodNumber) return rangeOf(schema, inner.minValue, inner.maxValue);
  if (inner instanceof z.ZodString)
    return inner.maxLength === null ? undefined : `At most ${inner.maxLength} characters.`;
  const item = itemOf(schema);
  if (!item) return undefined;
  const each = limitsOf(item);
  return [...lengthsOf(schema), each && `Each ${each[0]!.toLowerCase()}${each.slice(1)}`]
    .filter(Boolean)
    .join(" ");
}

/** "At least one.", "At most 30.": of a list. */
function lengthsOf(schema: z.ZodType): string[] {
  const { checks = [] } = innerSchema(schema).def as { checks?: z.core.$ZodCheck[] };
  return checks.flatMap(({ _zod }) => {
    const { check, minimum, maximum } = _zod.def as { check: string; minimum?: number; maximum?: number };
    if (check === "min_length") return [`At least ${minimum === 1 ? "one" : minimum}.`];
    return check === "max_length" ? [`At most ${maximum}.`] : [];
  });
}

function rangeOf(schema: z.ZodType, min: number | null, max: number | null): string | undefined {
  const least = min !== null && min > Number.MIN_SAFE_INTEGER && min !== 0 ? min : undefined;
  const most = max !== null && max < Number.MAX_SAFE_INTEGER ? max : undefined;
  if (least !== undefined && most !== undefined)
    return `From ${shown(least, schema)} to ${shown(most, schema)}.`;
  if (least !== undefined) return `At least ${shown(least, schema)}.`;
  return most === undefined ? undefined : `At most ${shown(most, schema)}.`;
}

/** "One of `json` and `ndjson`.", for enumerations that are not described one by one in the property's own words. */
function choiceOf(schema: z.ZodType): string | undefined {
  const inner = innerSchema(schema);
  if (!(inner instanceof z.ZodEnum)) return undefined;
  const { description = "" } = metaOf(schema);
  const values = inner.options.map((value) => `\`${value}\``);
  if (values.every((value) => description.includes(value))) return undefined;
  return `One of ${listed(values)}.`;
}

/** "a, b and c". */
function listed(values: readonly string[]): string {
  const last = values.at(-1)!;
  return values.length < 2 ? last : `${values.slice(0, -1).join(", ")} and ${last}`;
}

function shown(value: unknown, schema: z.ZodType): string {
  if (Array.isArray(value)) return listed(value.map((one) => shown(one, schema)));
  if (typeof value === "string") return `\`${value}\``;
  if (typeof value !== "number") return JSON.stringify(value);
  if (metaOf(schema).unit !== "bytes" || value < 1024) return String(value);
  const [divided, unit] =
    value % (1 << 30) === 0
      ? [value / (1 << 30), "GiB"]
      : value % (1 << 20) === 0
        ? [value >> 20, "MiB"]
        : [value, "bytes"];
  return `${divided} ${unit}`;
}
