import * as pulumi from "@pulumi/pulumi";
import type { NetworkPeer, NetworkRules } from "../arguments/workload";
import { healthPort, metadata, selectorLabels, type Workload } from "./workload";

const defaultApiServerPorts = [443, 6443];

/**
 * What may reach the pod and where it may connect. A NetworkPolicy knows no host names, so hosts outside the
 * cluster are limited by port alone. DNS is open to any server: where it runs differs between clusters.
 */
export const forwarderNetworkPolicy = (
  workload: Workload,
  args: NetworkRules,
  connectedPorts: pulumi.Input<pulumi.Input<number>[]>,
) => ({
  apiVersion: "networking.k8s.io/v1" as const,
  kind: "NetworkPolicy" as const,
  metadata: metadata(workload),
  spec: {
    podSelector: { matchLabels: selectorLabels(workload) },
    policyTypes: ["Ingress", "Egress"],
    ingress: args.metricsFrom?.length
      ? [{ from: args.metricsFrom.map(peer), ports: [{ protocol: "TCP", port: healthPort }] }]
      : [],
    egress: [
      {
        ports: [
          { protocol: "UDP", port: 53 },
          { protocol: "TCP", port: 53 },
        ],
      },
      { ports: tcp(connectedPorts) },
      { ports: tcp([...(args.apiServerPorts ?? defaultApiServerPorts), ...(args.egressPorts ?? [])]) },
    ],
  },
});

const peer = ({ namespaceLabels, podLabels }: NetworkPeer) => ({
  namespaceSelector: { matchLabels: namespaceLabels ?? {} },
  podSelector: { matchLabels: podLabels ?? {} },
});

const tcp = (ports: pulumi.Input<pulumi.Input<number>[]>) =>
  Array.isArray(ports)
    ? ports.map((port) => ({ protocol: "TCP", port }))
    : pulumi.output(ports).apply((known) => known.map((port) => ({ protocol: "TCP", port })));
