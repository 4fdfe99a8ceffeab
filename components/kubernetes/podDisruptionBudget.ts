import { metadata, selectorLabels, type Workload } from "./workload";

/**
 * A drain takes one pod at a time, so that another takes calls meanwhile. A pod that is not ready takes none anyway
 * and never holds up a drain: https://kubernetes.io/docs/tasks/run-application/configure-pdb/#unhealthy-pod-eviction-policy
 */
export const podDisruptionBudget = (workload: Workload) => ({
  apiVersion: "policy/v1" as const,
  kind: "PodDisruptionBudget" as const,
  metadata: metadata(workload),
  spec: {
    maxUnavailable: 1,
    unhealthyPodEvictionPolicy: "AlwaysAllow",
    selector: { matchLabels: selectorLabels(workload) },
  },
});
