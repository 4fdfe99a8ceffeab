/** Kinds outside namespaces that a program may declare before, or without, a cluster to ask. */
const CLUSTER_WIDE = new Set([
  "Namespace",
  "PersistentVolume",
  "ClusterRole",
  "ClusterRoleBinding",
  "StorageClass",
  "PriorityClass",
  "IngressClass",
  "CustomResourceDefinition",
]);

/** A custom kind that the cluster does not know yet is taken for a namespaced one. */
export function isUsuallyNamespaced(apiVersion: string, kind: string): boolean {
  return !(isBuiltIn(apiVersion) && CLUSTER_WIDE.has(kind));
}

export function isBuiltIn(apiVersion: string): boolean {
  return !apiVersion.includes(".") || apiVersion.includes(".k8s.io/");
}
