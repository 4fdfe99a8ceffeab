import type { KubernetesObject, ObjectReference } from "../cluster";
import { type Fields, isFields, reveal, withSecretsOf } from "./propertyValues";

/** What the engine keeps of a resource: the live object, the inputs it was made from, and who owns its fields. */
export interface Checkpoint {
  live: KubernetesObject;
  inputs: KubernetesObject;
  fieldManager: string;
}

/** The state as it goes to the engine, secrets marked as they are in `given`, the inputs as they came. */
export function toState({ live, inputs, fieldManager }: Checkpoint, given: Fields): Fields {
  return {
    ...withSecretsOf(given, live as unknown as Fields),
    __inputs: withSecretsOf(given, inputs as unknown as Fields),
    __initialApiVersion: inputs.apiVersion,
    __fieldManager: fieldManager,
  };
}

export function fromState(state: Fields): Checkpoint {
  const { __inputs, __initialApiVersion, __fieldManager, ...live } = reveal(state) as Fields;
  return {
    live: toObject(live),
    inputs: toObject(isFields(__inputs) ? __inputs : {}),
    fieldManager: typeof __fieldManager === "string" ? __fieldManager : "",
  };
}

export function toObject(fields: Fields): KubernetesObject {
  return { metadata: {}, ...(reveal(fields) as Fields) } as unknown as KubernetesObject;
}

export function referenceTo({ apiVersion, kind, metadata }: KubernetesObject): ObjectReference {
  return { apiVersion, kind, namespace: metadata.namespace, name: metadata.name ?? "" };
}

/** `namespace/name`, or the name alone outside namespaces. */
export function idOf({ metadata: { namespace, name = "" } }: KubernetesObject): string {
  return namespace ? `${namespace}/${name}` : name;
}

export function parseId(id: string): { namespace?: string; name: string } {
  const [first = "", second] = id.split("/");
  return second === undefined ? { name: first } : { namespace: first, name: second };
}

/** `apiVersion` and `kind` of a URN `urn:pulumi:stack::project::parent$kubernetes:apps/v1:StatefulSet::name`. */
export function kindOf(urn: string): { apiVersion: string; kind: string } {
  const [, version = "", kind = ""] = typeOf(urn).split(":");
  return { apiVersion: version.replace(/^core\//, ""), kind: kind.replace(PATCH, "") };
}

/** Whether the resource is fields of an object, `kubernetes:core/v1:ConfigMapPatch`, and not the object. */
export const isPatch = (urn: string): boolean => PATCH.test(typeOf(urn));

const PATCH = /Patch$/;
const typeOf = (urn: string) => urn.split("::")[2]?.split("$").at(-1) ?? "";
