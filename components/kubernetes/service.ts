import { healthPort, healthPortName, metadata, selectorLabels, type Workload } from "./workload";

/** The headless Service that a StatefulSet asks for; metrics are scraped through it, ready or not. */
export const headlessService = (workload: Workload) => ({
  apiVersion: "v1" as const,
  kind: "Service" as const,
  metadata: metadata(workload),
  spec: {
    clusterIP: "None",
    publishNotReadyAddresses: true,
    selector: selectorLabels(workload),
    ports: [{ name: healthPortName, port: healthPort, targetPort: healthPortName, protocol: "TCP" }],
  },
});
