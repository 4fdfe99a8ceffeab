import type { KubernetesObject } from "../cluster";
import { isAutonamed } from "./annotations";
import { contains, type Difference, differences, parsePath } from "./differences";
import { IDENTITY, type MutableData, replacingFields } from "./replacement";
import { normalized, pruned } from "./shape";

export interface Diff {
  differences: readonly Difference[];
  deleteBeforeReplace: boolean;
}

/**
 * What new inputs mean for an object: they are compared with the fields of the live object that the old
 * inputs gave, so that neither what the cluster filled in nor what others set is a change, but drift is.
 */
export function diff(
  live: KubernetesObject,
  oldInputs: KubernetesObject,
  newInputs: KubernetesObject,
  about: {
    isNamespaced: boolean;
    isPatch: boolean;
    ignoreChanges: readonly string[];
    mutable: MutableData;
  },
): Diff {
  const after = normalized(newInputs);
  const before = pruned(live, normalized(oldInputs));
  for (const { metadata } of [before, after]) {
    if (about.isNamespaced) metadata.namespace ||= "default";
    else delete metadata.namespace;
  }
  if (after.metadata.name) before.metadata.name = live.metadata.name;
  const ignored = about.ignoreChanges.map(parsePath);
  const replacing = about.isPatch ? IDENTITY : replacingFields(after, about.mutable);
  const found = differences(before, after, replacing).filter(
    ({ path }) => !ignored.some((outer) => contains(outer, path)),
  );
  const { name, namespace } = after.metadata;
  const keepsPlace =
    !!name && !isAutonamed(after) && name === live.metadata.name && namespace === live.metadata.namespace;
  return { differences: found, deleteBeforeReplace: keepsPlace && found.some(({ replaces }) => replaces) };
}
