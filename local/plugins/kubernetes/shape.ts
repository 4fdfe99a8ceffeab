import type { KubernetesObject } from "../cluster";
import { type Fields, hasUnknown, isFields, type Value } from "./propertyValues";
import { isBuiltIn } from "./scope";

/** Fields that only the API server writes. */
const READ_ONLY = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "uid",
];

/** Maps that the API server does not keep when they are empty. Lists it keeps in custom resources only. */
const DROPPED_WHEN_EMPTY = ["data", "binaryData", "stringData", "labels", "annotations"];

/**
 * Brings inputs into the form in which the API server gives them back, so that they compare: without empty
 * lists and data, a Secret's `stringData` as `data`. While something in it is unknown, and in custom
 * resources, only what the API server alone writes goes.
 */
export function normalized(object: KubernetesObject): KubernetesObject {
  const metadata = Object.fromEntries(
    Object.entries(object.metadata).filter(([name]) => !READ_ONLY.includes(name)),
  );
  const given: KubernetesObject = { ...object, metadata };
  if (!isBuiltIn(object.apiVersion) || hasUnknown(object as unknown as Value)) return given;
  const cleaned = withoutEmpty(given as unknown as Fields) as unknown as KubernetesObject;
  if (object.apiVersion !== "v1" || object.kind !== "Secret") return cleaned;
  const { stringData, ...rest } = cleaned;
  if (!stringData) return cleaned;
  const encoded = Object.entries(stringData as Record<string, string>).map(([name, text]) => [
    name,
    Buffer.from(text).toString("base64"),
  ]);
  const data = { ...((rest.data as Fields | undefined) ?? {}), ...Object.fromEntries(encoded) };
  return { ...rest, data } as KubernetesObject;
}

function withoutEmpty(value: Value): Value {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (!isFields(value)) return value;
  const kept = Object.entries(value).filter(([name, inner]) => {
    if (Array.isArray(inner)) return inner.length > 0;
    return !(DROPPED_WHEN_EMPTY.includes(name) && isFields(inner) && Object.keys(inner).length === 0);
  });
  return Object.fromEntries(kept.map(([name, inner]) => [name, withoutEmpty(inner)]));
}

/** What is left of a live object when only the fields stay that the inputs give; arrays go by position. */
export function pruned(live: KubernetesObject, inputs: KubernetesObject): KubernetesObject {
  return prunedFields(live as unknown as Fields, inputs as unknown as Fields) as unknown as KubernetesObject;
}

function prunedFields(live: Fields, given: Fields): Fields {
  const kept = Object.entries(live).filter(([name]) => name in given);
  return Object.fromEntries(kept.map(([name, value]) => [name, prunedValue(value, given[name]!)]));
}

function prunedValue(live: Value, given: Value): Value {
  if (Array.isArray(live) && Array.isArray(given)) {
    return given.slice(0, live.length).map((element, index) => prunedValue(live[index]!, element));
  }
  return isFields(live) && isFields(given) ? prunedFields(live, given) : live;
}
