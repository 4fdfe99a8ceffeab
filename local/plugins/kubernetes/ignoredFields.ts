import type { KubernetesObject } from "../cluster";
import type { Path } from "./differences";
import { type Fields, isFields, type Value } from "./propertyValues";

interface ManagedFields {
  manager?: string;
  subresource?: string;
  /** `f:<name>` leads to a field, `.` and `k:…` to others: https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management */
  fieldsV1?: Fields;
}

/**
 * The inputs of an update with the fields that the program's `ignoreChanges` names as they are in the cluster:
 * left out where another manager owns them and we do not, so that they stay the other's; else with their live
 * value, so that applying does not change or remove them.
 */
export function withoutIgnored(
  inputs: KubernetesObject,
  live: KubernetesObject,
  ignored: readonly Path[],
  fieldManager: string,
): KubernetesObject {
  const managed = (live.metadata.managedFields ?? []) as ManagedFields[];
  const isOwn = ({ manager }: ManagedFields) => manager === fieldManager;
  const result = structuredClone(inputs) as unknown as Fields;
  for (const path of ignored) {
    const owners = managed.filter(({ fieldsV1 }) => fieldsV1 && owns(fieldsV1, path));
    if (owners.length > 0 && !owners.some(isOwn)) {
      set(result, path, undefined);
    } else {
      const value = at(live as unknown as Value, path);
      if (value !== undefined) set(result, path, value);
    }
  }
  return result as unknown as KubernetesObject;
}

function owns(fields: Fields, [step, ...rest]: Path): boolean {
  if (step === undefined) return true;
  const inner = fields[`f:${step}`];
  return isFields(inner) && owns(inner, rest);
}

function at(value: Value | undefined, [step, ...rest]: Path): Value | undefined {
  if (step === undefined) return value;
  if (Array.isArray(value)) return at(value[step as number], rest);
  return isFields(value) ? at(value[step], rest) : undefined;
}

function set(target: Fields, [step, ...rest]: Path, value: Value | undefined): void {
  const name = String(step);
  if (rest.length > 0) {
    const inner = target[name];
    if (isFields(inner)) set(inner, rest, value);
    else if (inner === undefined && value !== undefined) {
      const created: Fields = {};
      target[name] = created;
      set(created, rest, value);
    }
  } else if (value === undefined) delete target[name];
  else target[name] = value;
}
