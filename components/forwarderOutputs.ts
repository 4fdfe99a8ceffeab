import * as pulumi from "@pulumi/pulumi";
import { webhooksName } from "./kubernetes/webhooks";
import {
  healthPort,
  selectorLabels,
  serviceAccountName,
  serviceName,
  statusPort,
  type Workload,
  webhookPort,
} from "./kubernetes/workload";

/** Ports of the forwarder's pods. */
export interface ForwarderPorts {
  /** Probes and metrics; the Service `serviceName` has it too. */
  health: number;
  /** The status page, on loopback: `kubectl port-forward` reaches it. */
  status: number;
  /** Login records; absent without a webhook. The Service `webhookServiceName` leads to it. */
  webhooks?: number;
}

/** What a forwarder is called in the cluster, and where it listens. */
export const namesOf = (workload: Workload, hasWebhook: boolean) => ({
  serviceAccountName: pulumi.output(serviceAccountName(workload)),
  serviceName: pulumi.output(serviceName(workload)),
  webhookServiceName: pulumi.output(hasWebhook ? webhooksName(workload) : undefined),
  selectorLabels: pulumi.output<{ [name: string]: string }>(selectorLabels(workload)),
  ports: pulumi.output<ForwarderPorts>({
    health: healthPort,
    status: statusPort,
    ...(hasWebhook && { webhooks: webhookPort }),
  }),
});
