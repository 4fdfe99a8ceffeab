import * as z from "zod";
import { innerSchema, isOptional, metaOf } from "../../contract/schema/described";

/** What a person reads of a property: what it is, how large it may be, its default, and when to change it. */
export function sentencesOf(schema: z.ZodType): string {
  const { description, remark } = metaOf(schema);
  return [description, choiceOf(schema), limitsOf(schema), defaultOf(schema), remark]
    .filter(Boolean)
    .join(" ");
}

/** "The default is `info`."; nothing where a property must be given or is one of several of which one is. */
export function defaultOf(schema: z.ZodType): string | undefined {
  const { otherwise, choice } = metaOf(schema);
  if (otherwise !== undefined) return `The default is ${otherwise}.`;
  if (choice || !isOptional(schema)) return undefined;
  const initial = schema.safeParse(undefined).data;
  if (initial === undefined)
    throw new Error(`an optional property has no default: ${metaOf(schema).description}`);
  return `The default is ${shown(initial, schema)}.`;
}

/** "From 1 to 600." */
export function limitsOf(schema: z.ZodType): string | undefined {
  const inner = innerSchema(schema);
  if (inner instanceof z.ZodNumber) return rangeOf(schema, inner.minValue, inner.maxValue);
  if (!(inner instanceof z.ZodArray)) return undefined;
  const { maximum } = (inner as unknown as { _zod: { bag: { maximum?: number } } })._zod.bag;
  return maximum === undefined ? undefined : `At most ${maximum}.`;
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
  return `One of ${values.slice(0, -1).join(", ")} and ${values.at(-1)}.`;
}

function shown(value: unknown, schema: z.ZodType): string {
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
