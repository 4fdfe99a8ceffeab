import type * as pulumi from "@pulumi/pulumi";
import type { PodAccount } from "../arguments";
import { lift } from "./lift";
import { annotated, checkpointName, metadata, serviceAccountName, type Workload } from "./workload";

const apiGroup = "rbac.authorization.k8s.io";

/** The pod's account. Its token is mounted by the pod itself, nowhere else. */
export const serviceAccount = (workload: Workload, { annotations }: PodAccount = {}) => ({
  apiVersion: "v1" as const,
  kind: "ServiceAccount" as const,
  metadata: {
    ...metadata(workload),
    name: serviceAccountName(workload),
    ...annotated(workload, annotations),
  },
  automountServiceAccountToken: false,
});

/** The one thing that the pod may do in its namespace: read and write its checkpoint. */
export const checkpointRole = (workload: Workload) => ({
  apiVersion: `${apiGroup}/v1` as const,
  kind: "Role" as const,
  metadata: metadata(workload, "-checkpoint"),
  rules: [
    {
      apiGroups: [""],
      resources: ["configmaps"],
      resourceNames: [checkpointName(workload)],
      verbs: ["get", "patch"],
    },
  ],
});

export const checkpointRoleBinding = (workload: Workload) => ({
  apiVersion: `${apiGroup}/v1` as const,
  kind: "RoleBinding" as const,
  metadata: metadata(workload, "-checkpoint"),
  roleRef: { apiGroup, kind: "Role", name: checkpointRole(workload).metadata.name },
  subjects: [{ kind: "ServiceAccount", name: serviceAccountName(workload), namespace: workload.namespace }],
});

/**
 * In ZITADEL's namespace: find its pods and read their log, nothing else. Kubernetes cannot limit that to some of the
 * pods. The name holds the forwarder's namespace, so that two forwarders of one name get along there.
 */
export const podLogsRole = (workload: Workload, zitadelNamespace: pulumi.Input<string>) => ({
  apiVersion: `${apiGroup}/v1` as const,
  kind: "Role" as const,
  metadata: podLogsMetadata(workload, zitadelNamespace),
  rules: [
    { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] },
    { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
  ],
});

export const podLogsRoleBinding = (workload: Workload, zitadelNamespace: pulumi.Input<string>) => ({
  apiVersion: `${apiGroup}/v1` as const,
  kind: "RoleBinding" as const,
  metadata: podLogsMetadata(workload, zitadelNamespace),
  roleRef: { apiGroup, kind: "Role", name: podLogsName(workload) },
  subjects: [{ kind: "ServiceAccount", name: serviceAccountName(workload), namespace: workload.namespace }],
});

const podLogsName = (workload: Workload) =>
  lift(workload.namespace, (namespace) => `${namespace}-${workload.name}-logs`);

const podLogsMetadata = (workload: Workload, zitadelNamespace: pulumi.Input<string>) => ({
  ...metadata(workload),
  name: podLogsName(workload),
  namespace: zitadelNamespace,
});
