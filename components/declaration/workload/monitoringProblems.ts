import type { Problem } from "../../../contract";
import type { ForwarderArgs } from "../../arguments";

/** A scrape that the pod's own NetworkPolicy would not let through. */
export function monitoringProblems({ monitoring = {}, networkPolicy = {} }: ForwarderArgs): Problem[] {
  if (!monitoring.serviceMonitor || networkPolicy.enabled === false) return [];
  if (networkPolicy.metricsFrom && networkPolicy.metricsFrom.length > 0) return [];
  return [
    {
      path: "networkPolicy.metricsFrom",
      message:
        'is missing: with monitoring.serviceMonitor, say whose pods scrape, which the NetworkPolicy shuts out otherwise, for example [{ namespaceLabels: { "kubernetes.io/metadata.name": "monitoring" } }]',
    },
  ];
}
