import type * as pulumi from "@pulumi/pulumi";

/** The journal's volume: records stay in the journal until every destination has them. */
export interface JournalStorage {
  /**
   * `volume` (the default) keeps the journal on a PersistentVolume. `ephemeral` is for clusters without a
   * StorageClass: a restarted pod reads again from its checkpoint, so destinations see some records twice.
   */
  kind?: StorageKind;
  /**
   * Size as a Kubernetes quantity, at least `256Mi`. The default is `4Gi`. The journal takes at most half of it: above that, the
   * destination furthest behind is served from ZITADEL again when it answers. It may grow where the
   * StorageClass allows; Kubernetes never shrinks a volume.
   */
  size?: string;
  /** StorageClass of the volume; a local or block device, never a network file system. The default is the cluster's. */
  className?: pulumi.Input<string>;
  /**
   * Ask for access mode ReadWriteOncePod, with which no second pod can ever open the journal. The default is
   * false (ReadWriteOnce); set it where the storage driver supports it.
   */
  readWriteOncePod?: boolean;
  /** Keep the volume's claim when the stack is destroyed. The default is false: it is deleted with the rest. */
  retain?: boolean;
}

/** What keeps the journal. */
export const StorageKind = {
  /** A PersistentVolume: the journal outlives the pod. */
  Volume: "volume",
  /** A directory of the pod: the journal ends with it. */
  Ephemeral: "ephemeral",
} as const;
export type StorageKind = (typeof StorageKind)[keyof typeof StorageKind];

/** Compute resources, as Kubernetes takes them: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/ */
export interface ComputeResources {
  /** What is set aside for the pod. The default is `cpu` 50m and `memory` 128Mi. */
  requests?: { [resource: string]: pulumi.Input<string> };
  /** What the pod may take at most. The default is `memory` 256Mi and no limit of `cpu`. */
  limits?: { [resource: string]: pulumi.Input<string> };
}

/**
 * The pod's NetworkPolicy. Kubernetes knows addresses and ports there, no host names: so it says to which ports
 * the pod may connect, not to which hosts, and it takes effect only where the cluster's network enforces it.
 */
export interface NetworkRules {
  /** Whether to create it. The default is true; set false where policies come from elsewhere. */
  enabled?: boolean;
  /** Who may read metrics. The default is nobody; probes of the node's kubelet are always let through. */
  metricsFrom?: NetworkPeer[];
  /** Ports of the Kubernetes API server. The default is 443 and 6443. */
  apiServerPorts?: pulumi.Input<number>[];
  /**
   * Further TCP ports to which the pod may connect. The ports of ZITADEL and of every destination's URL are
   * included already; a Service in the cluster that forwards to another port of its pods needs that one here.
   */
  egressPorts?: pulumi.Input<number>[];
}

/** Pods by the labels of their namespace and their own; an absent property matches all. */
export interface NetworkPeer {
  /** Labels of the namespace, for example `kubernetes.io/metadata.name: monitoring`. */
  namespaceLabels?: { [name: string]: pulumi.Input<string> };
  /** Labels of the pods, for example `app.kubernetes.io/name: prometheus`. */
  podLabels?: { [name: string]: pulumi.Input<string> };
}

/** Resources of the Prometheus Operator; its definitions must be in the cluster. */
export interface Monitoring {
  /** Whether to create a ServiceMonitor. The default is false. */
  serviceMonitor?: boolean;
  /** Whether to create a PrometheusRule with the alerts. The default is false. */
  prometheusRule?: boolean;
  /** Labels by which Prometheus selects both. The default is none. */
  labels?: { [name: string]: pulumi.Input<string> };
}

/** How much the forwarder logs. */
export const LogLevel = {
  /** Every read and every request. */
  Debug: "debug",
  /** What an operator wants to know. */
  Info: "info",
  /** What may need attention. */
  Warn: "warn",
  /** What failed. */
  Error: "error",
} as const;
export type LogLevel = (typeof LogLevel)[keyof typeof LogLevel];
