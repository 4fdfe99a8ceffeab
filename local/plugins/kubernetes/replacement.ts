import type { KubernetesObject } from "../cluster";

/** Options of the provider that decide whether changed data replaces an object. */
export interface MutableData {
  /** `enableConfigMapMutable` */
  configMaps: boolean;
  /** `enableSecretMutable` */
  secrets: boolean;
}

const selector = ["spec.selector"];
const workload: Record<string, readonly string[]> = {
  DaemonSet: selector,
  Deployment: selector,
  StatefulSet: [
    ...selector,
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
  ],
};

/** Fields whose change replaces the object, besides its name and namespace. */
const fields: Record<string, Record<string, readonly string[]>> = {
  v1: {
    PersistentVolumeClaim: ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"],
    ResourceQuota: ["spec.scopes"],
    Secret: ["type"],
    Service: ["spec.clusterIP"],
  },
  "apps/v1": workload,
  "batch/v1": { Job: ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"] },
  "rbac.authorization.k8s.io/v1": { RoleBinding: ["roleRef"], ClusterRoleBinding: ["roleRef"] },
  "storage.k8s.io/v1": { StorageClass: ["parameters", "provisioner"] },
};

/** What names an object: its change replaces whatever it is. */
export const IDENTITY: readonly string[] = ["metadata.name", "metadata.namespace"];

/** Paths of the fields whose change replaces this object. */
export function replacingFields(object: KubernetesObject, mutable: MutableData): readonly string[] {
  if (object.apiVersion === "v1") {
    if (object.kind === "Secret" && (!mutable.secrets || object.immutable === true)) {
      return [...IDENTITY, "type", "stringData", "data"];
    }
    if (object.kind === "ConfigMap" && (!mutable.configMaps || object.immutable === true)) {
      return [...IDENTITY, "binaryData", "data"];
    }
  }
  return [...IDENTITY, ...(fields[object.apiVersion]?.[object.kind] ?? [])];
}
