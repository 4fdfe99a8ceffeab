import type { ForwarderArgs, Monitoring } from "../arguments";
import { alerts } from "./alerts";
import { lift } from "./lift";
import { replicasOf } from "./replicas";
import { keepsJournal } from "./volumeClaim";
import { webhookAlerts } from "./webhookAlerts";
import { healthPortName, labels, metadata, selectorLabels, serviceName, type Workload } from "./workload";

const apiVersion = "monitoring.coreos.com/v1";

/** What the Prometheus Operator scrapes. */
export const serviceMonitor = (workload: Workload, { labels: own }: Monitoring) => ({
  apiVersion,
  kind: "ServiceMonitor",
  metadata: { ...metadata(workload), labels: labels(workload, own) },
  spec: {
    selector: { matchLabels: selectorLabels(workload) },
    endpoints: [{ port: healthPortName, path: "/metrics", interval: "30s" }],
  },
});

/** The alerts. They select by the labels that the ServiceMonitor gives: namespace, and the Service as the job. */
export const prometheusRule = (workload: Workload, { labels: own }: Monitoring, args: ForwarderArgs) => ({
  apiVersion,
  kind: "PrometheusRule",
  metadata: { ...metadata(workload), labels: labels(workload, own) },
  spec: {
    groups: [
      {
        name: "zitadel-siem",
        rules: lift(workload.namespace, (namespace) => {
          const selector = `namespace="${namespace}",job="${serviceName(workload)}"`;
          const webhook = args.logins?.webhook && webhookAlerts(selector, replicasOf(args));
          return [...alerts(selector, keepsJournal(args.storage)), ...(webhook ?? [])];
        }),
      },
    ],
  },
});
