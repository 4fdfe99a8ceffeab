import * as pulumi from "@pulumi/pulumi";
import { defaults } from "../../contract/declaration/defaults";
import type { NetworkPeer, NetworkRules } from "../arguments";
import { healthPort, metadata, selectorLabels, type Workload, webhookPort } from "./workload";

/** What the rules follow from besides themselves. */
export interface Traffic {
  /** TCP ports to which the forwarder connects by its configuration. */
  connectedPorts: pulumi.Input<pulumi.Input<number>[]>;
  /** Whose pods call the webhook; none without one. */
  webhookCallers: readonly NetworkPeer[];
  replicas: number;
}

/**
 * What may reach the pods and where it may connect. A NetworkPolicy knows no host names, so hosts outside the
 * cluster are limited by port alone. DNS is open to any server: where it runs differs between clusters.
 */
export const forwarderNetworkPolicy = (
  workload: Workload,
  args: NetworkRules,
  { connectedPorts, webhookCallers, replicas }: Traffic,
) => ({
  apiVersion: "networking.k8s.io/v1" as const,
  kind: "NetworkPolicy" as const,
  metadata: metadata(workload),
  spec: {
    podSelector: { matchLabels: selectorLabels(workload) },
    policyTypes: ["Ingress", "Egress"],
    ingress: [
      ...(args.metricsFrom?.length ? [{ from: args.metricsFrom.map(peer), ports: tcp([healthPort]) }] : []),
      ...(webhookCallers.length > 0 ? [{ from: webhookCallers.map(peer), ports: tcp([webhookPort]) }] : []),
      ...(replicas > 1 ? [{ from: [otherReplicas(workload)], ports: tcp([healthPort]) }] : []),
    ],
    egress: [
      {
        ports: [
          { protocol: "UDP", port: 53 },
          { protocol: "TCP", port: 53 },
        ],
      },
      { ports: tcp(connectedPorts) },
      ...(replicas > 1 ? [{ to: [otherReplicas(workload)], ports: tcp([healthPort]) }] : []),
      { ports: tcp([...(args.apiServerPorts ?? defaults.apiServerPorts), ...(args.egressPorts ?? [])]) },
    ],
  },
});

const peer = ({ namespaceLabels, podLabels }: NetworkPeer) => ({
  namespaceSelector: { matchLabels: namespaceLabels ?? {} },
  podSelector: { matchLabels: podLabels ?? {} },
});

const otherReplicas = (workload: Workload) => ({ podSelector: { matchLabels: selectorLabels(workload) } });

const tcp = (ports: pulumi.Input<pulumi.Input<number>[]>) =>
  Array.isArray(ports)
    ? ports.map((port) => ({ protocol: "TCP", port }))
    : pulumi.output(ports).apply((known) => known.map((port) => ({ protocol: "TCP", port })));
