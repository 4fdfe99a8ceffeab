import * as z from "zod";
import {
  type CredentialOwner,
  innerSchema,
  internalSamples,
  itemOf,
  metaOf,
  propertiesOf,
  sampleOf,
} from "../../contract/schema/described";
import { type Problem, propertyPath, unknownProperty } from "../../contract/schema/problems";
import type { Credential } from "../arguments";
import { isLater, type Read, readDeep } from "./read";

/** A credential of a declaration, and where it stands. */
export interface DeclaredCredential {
  /** Property path from the root of the schema. */
  path: readonly PropertyKey[];
  /** Who reads it. */
  owner: CredentialOwner;
  credential: Credential;
}

/** What a declaration is carried over with. */
export interface Carrier {
  read: Read;
  /** The file that holds a credential, by the credential's path. */
  fileOf(path: readonly PropertyKey[]): string;
  /** Takes each credential. The default is to take none. */
  credential?(found: DeclaredCredential): void;
  /** Takes what is wrong with the declaration's structure. The default is to let it pass for the schema to find. */
  problem?(found: Problem): void;
}

/**
 * What is declared, as the schema of the configuration has it: inputs are read, a credential becomes the name of its
 * file, everything else stays as and where it is. Properties that the schema does not know are told and left out.
 */
export function carry(schema: z.ZodType, declared: unknown, carrier: Carrier): unknown {
  return new Walk(schema, carrier).value(schema, declared, [], {});
}

/** The credentials of a declaration. */
export function credentialsIn(schema: z.ZodType, declared: unknown, read: Read): DeclaredCredential[] {
  const credentials: DeclaredCredential[] = [];
  carry(schema, declared, { read, fileOf: () => "file", credential: (found) => credentials.push(found) });
  return credentials;
}

/** The same declaration with every credential changed. */
export function withCredentials<T>(
  schema: z.ZodType,
  declared: T,
  change: (credential: Credential) => Credential,
): T {
  const changed = (at: z.ZodType, value: unknown): unknown => {
    if (typeof value !== "object" || value === null || isLater(value)) return value;
    if (metaOf(at).credential) return change(value);
    const properties = propertiesOf(at);
    const item = itemOf(at);
    if (Array.isArray(value)) return item ? value.map((one) => changed(item, one)) : value;
    const each = Object.entries(value).map(([name, one]) => {
      const inner = item ?? properties?.[name];
      return [name, inner ? changed(inner, one) : one];
    });
    return Object.fromEntries(each);
  };
  return changed(schema, declared) as T;
}

class Walk {
  constructor(
    private readonly root: z.ZodType,
    private readonly carrier: Carrier,
  ) {}

  value(schema: z.ZodType, declared: unknown, path: readonly PropertyKey[], beside: object): unknown {
    if (declared === undefined || declared === null) return undefined;
    const known = this.#known(schema, declared, path, beside);
    if (known === undefined || known.asItIs) return known?.value;
    const { value } = known;
    const { credential: owner } = metaOf(schema);
    if (owner) {
      this.carrier.credential?.({ path, owner, credential: value as Credential });
      return this.carrier.fileOf(path);
    }
    const properties = propertiesOf(schema);
    if (properties) return this.#object(schema, properties, value, path);
    const item = itemOf(schema);
    if (item instanceof z.ZodUnknown) return readDeep(value, this.carrier.read);
    return item ? this.#items(item, value, path) : value;
  }

  /** The value as far as it is known; `asItIs` where there is nothing to look into. */
  #known(
    schema: z.ZodType,
    declared: unknown,
    path: readonly PropertyKey[],
    beside: object,
  ): { value: unknown; asItIs?: true } | undefined {
    if (!isLater(declared)) return { value: declared };
    const { plain, input, credential } = metaOf(schema);
    const inner = innerSchema(schema);
    if (plain || credential || (!input && holdsInputs(inner)))
      this.carrier.problem?.({ path: propertyPath(path), message: plainNeeded });
    const sample = sampleOf(schema, beside);
    const value = this.carrier.read(declared, sample);
    return value === sample ? { value, asItIs: true } : { value };
  }

  #object(
    schema: z.ZodType,
    properties: Record<string, z.ZodType>,
    value: unknown,
    path: readonly PropertyKey[],
  ): unknown {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    const given = value as Record<string, unknown>;
    for (const name of Object.keys(given))
      if (given[name] !== undefined && !Object.hasOwn(properties, name))
        this.carrier.problem?.(unknownProperty(this.root, path, name));
    // In the schema's order: another order in a program is no other configuration.
    const carried: Record<string, unknown> = { ...internalSamples(schema) };
    for (const [name, property] of Object.entries(properties)) {
      const inner = Object.hasOwn(given, name) ? given[name] : undefined;
      if (inner !== undefined) carried[name] = this.value(property, inner, [...path, name], given);
    }
    return carried;
  }

  #items(item: z.ZodType, value: unknown, path: readonly PropertyKey[]): unknown {
    if (Array.isArray(value)) return value.map((one, index) => this.value(item, one, [...path, index], {}));
    if (typeof value !== "object" || value === null) return value;
    const each = Object.entries(value).map(([name, one]) => [
      name,
      this.value(item, one, [...path, name], {}),
    ]);
    return Object.fromEntries(each);
  }
}

/** Whether a schema is of what holds inputs and is none itself; what is defined elsewhere may be either. */
const holdsInputs = (inner: z.ZodType): boolean =>
  inner instanceof z.ZodObject ||
  inner instanceof z.ZodArray ||
  (inner instanceof z.ZodRecord && !(inner.valueType instanceof z.ZodUnknown));

const plainNeeded =
  "must be known at preview: give it as it is, not from another resource; what is in it may come from one";
