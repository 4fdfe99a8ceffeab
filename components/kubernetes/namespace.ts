import { annotated, commonLabels, type Workload } from "./workload";

export const podSecurityLabel = "pod-security.kubernetes.io/enforce";

/** The forwarder's own namespace: nothing but restricted pods runs in it. */
export const restrictedNamespace = (workload: Workload) => ({
  apiVersion: "v1" as const,
  kind: "Namespace" as const,
  metadata: {
    name: workload.namespace,
    labels: {
      ...workload.labels,
      ...commonLabels,
      [podSecurityLabel]: "restricted",
    },
    ...annotated(workload),
  },
});
