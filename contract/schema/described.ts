import * as z from "zod";

/*
 * A schema says of a property what it may hold; what a person reads of it stands beside it as metadata. The arguments
 * of the components, their documentation and the reference pages are made from both.
 */

declare module "zod" {
  interface GlobalMeta {
    /** What the type is called where it is exported, and what it is; `description` is about the property. */
    typeName?: string;
    typeDescription?: string;
    /** What stands in for the value where the schema has no default, as it follows "The default is": `none`. */
    otherwise?: string;
    /** What follows the sentence about the default. */
    remark?: string;
    /** What to do where it is missing. The default is to give it, with what it is. */
    remedy?: string;
    /** The value must be known at preview: it decides which resources there are or what they are called. */
    plain?: true;
    /** The value is a credential: declared by value or by a Secret's key, in the configuration the name of a file. */
    credential?: CredentialOwner;
    /** Only in the configuration, put there by the component: nobody declares it. */
    internal?: true;
    /** The property may be left out and nothing stands in for it, as the object's own description says. */
    choice?: true;
    /** A value that is right, for one that is not known yet; it may depend on what is declared beside it. */
    sample?: unknown;
    /** How a number is written for people. */
    unit?: "bytes";
    /** Of an object: properties that Kubernetes would know and that are not taken here, each with the reason. */
    refused?: { readonly [name: string]: string };
    /** The list itself may come from another resource, not only what is in it. */
    input?: true;
    /** Of an enumeration: its members by their names. */
    members?: Members;
  }
}

/** Who reads a credential: the forwarder, or the Collector that runs beside it. */
export type CredentialOwner = "forwarder" | "collector";

/** Members of an enumeration by their names, each with its value and what it means. */
export type Members = { readonly [name: string]: readonly [value: string, description: string] };

/** An enumeration that is exported by its name. */
export function enumeration<const M extends Members>(name: string, description: string, members: M) {
  type Value = M[keyof M][0];
  const values = Object.values(members).map(([value]) => value) as [Value, ...Value[]];
  return z.enum(values).meta({ typeName: name, typeDescription: description, members });
}

/** Kept for each schema: declarations are walked several times in one preview. */
function remembered<T>(find: (schema: z.ZodType) => T): (schema: z.ZodType) => T {
  const found = new WeakMap<z.ZodType, { value: T }>();
  return (schema) => {
    let known = found.get(schema);
    if (!known) {
      known = { value: find(schema) };
      found.set(schema, known);
    }
    return known.value;
  };
}

/** What a schema that makes another optional, gives it a default or transforms it is around. */
function wrappedBy(schema: z.ZodType): z.ZodType | undefined {
  const { def } = schema as unknown as { def: { type: string; innerType?: z.ZodType; in?: z.ZodType } };
  return def.type === "pipe" ? def.in : def.innerType;
}

/** The schema inside of what makes it optional, gives a default or transforms it. */
export const innerSchema = remembered((schema): z.ZodType => {
  const wrapped = wrappedBy(schema);
  return wrapped === undefined ? schema : innerSchema(wrapped);
});

/** Whether a property may be left out. */
export const isOptional = remembered((schema): boolean => schema.safeParse(undefined).success);

/** What is said of a schema, the outermost word first. */
export const metaOf = remembered((schema): z.GlobalMeta => {
  const wrapped = wrappedBy(schema);
  return { ...(wrapped && metaOf(wrapped)), ...schema.meta() };
});

/** The properties of an object's schema, those that only the component sets left out; undefined of anything else. */
export const propertiesOf = remembered((schema): Record<string, z.ZodType> | undefined => {
  const inner = innerSchema(schema);
  if (!(inner instanceof z.ZodObject)) return undefined;
  const shape = inner.shape as Record<string, z.ZodType>;
  return Object.fromEntries(Object.entries(shape).filter(([, property]) => !metaOf(property).internal));
});

/** Values that are right for what only the component sets; it puts its own in their place. */
export const internalSamples = remembered((schema): Record<string, unknown> => {
  const inner = innerSchema(schema);
  const shape = inner instanceof z.ZodObject ? (inner.shape as Record<string, z.ZodType>) : {};
  const internal = Object.entries(shape).filter(([, property]) => metaOf(property).internal);
  return Object.fromEntries(internal.map(([name, property]) => [name, sampleOf(property)]));
});

/** The schema of a list's items or of a map's values; undefined of anything else. */
export function itemOf(schema: z.ZodType): z.ZodType | undefined {
  const inner = innerSchema(schema);
  if (inner instanceof z.ZodArray) return inner.element as z.ZodType;
  if (inner instanceof z.ZodRecord) return inner.valueType as z.ZodType;
  return undefined;
}

/** A value that a schema takes, for one that is not known yet. `beside` is what is declared around it. */
export function sampleOf(schema: z.ZodType, beside: object = {}): unknown {
  const { sample } = metaOf(schema);
  if (typeof sample === "function") return sample(beside);
  if (sample !== undefined) return sample;
  const inner = innerSchema(schema);
  if (inner instanceof z.ZodObject) {
    const needed = Object.entries(inner.shape as Record<string, z.ZodType>).filter(
      ([, property]) => !isOptional(property),
    );
    return Object.fromEntries(needed.map(([name, property]) => [name, sampleOf(property)]));
  }
  if (inner instanceof z.ZodArray)
    return inner.safeParse([]).success ? [] : [sampleOf(inner.element as z.ZodType)];
  if (inner instanceof z.ZodRecord) return {};
  if (inner instanceof z.ZodEnum) return inner.options[0];
  if (inner instanceof z.ZodBoolean) return false;
  if (inner instanceof z.ZodNumber) return Math.max(inner.minValue ?? 1, 1);
  return "unknown";
}
