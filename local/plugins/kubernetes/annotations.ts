import type { DeletionPropagation, KubernetesObject } from "../cluster";

/** The annotations by which a program tells the provider what to do with an object. */
const PREFIX = "pulumi.com/";
const AUTONAMED = `${PREFIX}autonamed`;

function annotation(object: KubernetesObject, name: string): string | undefined {
  return object.metadata.annotations?.[PREFIX + name];
}

export function isAutonamed(object: KubernetesObject): boolean {
  return annotation(object, "autonamed") === "true";
}

export function withAutoname(object: KubernetesObject, name: string): KubernetesObject {
  const { metadata } = object;
  return {
    ...object,
    metadata: { ...metadata, name, annotations: { ...metadata.annotations, [AUTONAMED]: "true" } },
  };
}

export function skipsAwait(object: KubernetesObject): boolean {
  return annotation(object, "skipAwait") === "true";
}

export function forcesConflicts(object: KubernetesObject): boolean {
  return annotation(object, "patchForce") === "true";
}

export function ownFieldManager(object: KubernetesObject): string | undefined {
  return annotation(object, "patchFieldManager") || undefined;
}

/** Milliseconds: the resource option `customTimeouts`, else the annotation, else 10 minutes. */
export function timeoutOf(object: KubernetesObject, customSeconds: number): number {
  const annotated = Number(annotation(object, "timeoutSeconds"));
  return 1000 * (customSeconds || (Number.isInteger(annotated) ? annotated : 0) || 600);
}

export function propagationOf(object: KubernetesObject): DeletionPropagation {
  switch (annotation(object, "deletionPropagationPolicy")?.toLowerCase()) {
    case "orphan":
      return "Orphan";
    case "background":
      return "Background";
    default:
      return "Foreground";
  }
}

/** The kinds whose deletion `skipAwait` does not wait for; with all others it holds for creation and update only. */
const DELETED_WITHOUT_WAITING = new Set([
  "v1/Namespace",
  "v1/Pod",
  "apps/v1/DaemonSet",
  "apps/v1/Deployment",
  "apps/v1/StatefulSet",
  "batch/v1/Job",
]);

export function skipsAwaitOfDeletion(object: KubernetesObject): boolean {
  return skipsAwait(object) && DELETED_WITHOUT_WAITING.has(`${object.apiVersion}/${object.kind}`);
}
