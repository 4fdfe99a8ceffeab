import { checkpointName, metadata, serviceAccountName, type Workload } from "./workload";

const apiGroup = "rbac.authorization.k8s.io";

/** The pod's account. Its token is mounted by the pod itself, nowhere else. */
export const serviceAccount = (workload: Workload) => ({
  apiVersion: "v1" as const,
  kind: "ServiceAccount" as const,
  metadata: metadata(workload),
  automountServiceAccountToken: false,
});

/** The one thing that the pod may do in the cluster: read and write its checkpoint. */
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
