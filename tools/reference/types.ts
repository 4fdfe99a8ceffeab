import * as z from "zod";
import { innerSchema, metaOf } from "../../contract/schema/described";
import { anchor } from "./page";

/** How a page says what a property holds. */
export interface TypeWords {
  /** What a credential is there. */
  credential: string;
  /** What an object without a name is called, and linked as. */
  nameless(schema: z.ZodObject): string;
  /** The page on which enumerations are described; the default is the page itself. */
  enumerations?: string;
}

/** The type of a property, linked to what it is made of. */
export function typeOf(schema: z.ZodType, words: TypeWords): string {
  const { credential, typeName } = metaOf(schema);
  if (credential) return words.credential;
  const inner = innerSchema(schema);
  if (inner instanceof z.ZodArray) return `list of ${typeOf(inner.element as z.ZodType, words)}`;
  if (inner instanceof z.ZodRecord)
    return inner.valueType instanceof z.ZodUnknown
      ? "anything, by name"
      : `${typeOf(inner.valueType as z.ZodType, words)}, by name`;
  if (inner instanceof z.ZodUnion)
    return inner.options.map((one) => typeOf(one as z.ZodType, words)).join(" or ");
  const named = typeName ?? metaOf(inner).typeName;
  if (named !== undefined)
    return typeLink(named, inner instanceof z.ZodEnum ? words.enumerations : undefined);
  if (inner instanceof z.ZodObject) return words.nameless(inner);
  if (inner instanceof z.ZodBoolean) return "boolean";
  if (inner instanceof z.ZodNumber) return "number";
  return "string";
}

/** A named type, linked to where it is described. */
export const typeLink = (name: string, page = ""): string => `[\`${name}\`](${page}#${anchor(name)})`;

/** The schemas that a property's type is made of: of the items of lists and maps, and of the parts of unions. */
export function partsOf(schema: z.ZodType): z.ZodType[] {
  const inner = innerSchema(schema);
  if (inner instanceof z.ZodArray) return partsOf(inner.element as z.ZodType);
  if (inner instanceof z.ZodRecord) return partsOf(inner.valueType as z.ZodType);
  if (inner instanceof z.ZodUnion) return inner.options.flatMap((one) => partsOf(one as z.ZodType));
  return [schema];
}
