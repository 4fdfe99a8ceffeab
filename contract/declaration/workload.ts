import * as z from "zod";
import { storageKind } from "../configuration";
import { enumeration } from "../schema/described";
import { annotationMap, labelMap, objectName, quantities } from "../schema/kubernetes";
import { port, text } from "../schema/values";

export const storage = z
  .strictObject({
    kind: storageKind.default("volume").meta({
      plain: true,
      description: "What keeps the journal.",
      remark:
        "`ephemeral` is for clusters without a StorageClass: a restarted pod reads again from its checkpoint, so destinations see some records twice.",
    }),
    size: text.default("4Gi").meta({
      plain: true,
      description:
        "Size as a Kubernetes quantity, at least `256Mi`. The journal takes at most half of it: above that, the destination furthest behind is served from ZITADEL again when it answers. It may grow where the StorageClass allows; Kubernetes never shrinks a volume.",
    }),
    className: text.optional().meta({
      description: "StorageClass of the volume; a local or block device, never a network file system.",
      otherwise: "the cluster's",
    }),
    readWriteOncePod: z.boolean().default(false).meta({
      plain: true,
      description:
        "Ask for access mode ReadWriteOncePod, with which no second pod can ever open the journal, instead of ReadWriteOnce.",
      remark: "Set it where the storage driver supports it.",
    }),
    retain: z.boolean().default(false).meta({
      plain: true,
      description:
        "Keep the volume's claim when the stack is destroyed, instead of deleting it with the rest.",
    }),
  })
  .meta({
    typeName: "JournalStorage",
    typeDescription: "The journal's volume: records stay in the journal until every destination has them.",
  });

/** What a container of the pod gets of what is not declared. */
export const defaultResources = {
  forwarder: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "256Mi" } },
  collector: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } },
} as const;

const { requests, limits } = defaultResources.forwarder;

export const resources = z
  .strictObject({
    requests: quantities.optional().meta({
      description: "What is set aside for the pod.",
      otherwise: `\`cpu\` ${requests.cpu} and \`memory\` ${requests.memory}`,
    }),
    limits: quantities.optional().meta({
      description: "What the pod may take at most.",
      otherwise: `\`memory\` ${limits.memory} and no limit of \`cpu\``,
    }),
  })
  .meta({
    typeName: "ComputeResources",
    typeDescription:
      "Compute resources, as Kubernetes takes them: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
  });

export const networkPeer = z
  .strictObject({
    namespaceLabels: labelMap.optional().meta({
      description: "Labels of the namespace, for example `kubernetes.io/metadata.name: monitoring`.",
      otherwise: "any namespace",
    }),
    podLabels: labelMap.optional().meta({
      description: "Labels of the pods, for example `app.kubernetes.io/name: prometheus`.",
      otherwise: "any pod",
    }),
  })
  .meta({
    typeName: "NetworkPeer",
    typeDescription: "Pods by the labels of their namespace and their own; an absent property matches all.",
  });

export const networkPolicy = z
  .strictObject({
    enabled: z.boolean().default(true).meta({
      plain: true,
      description: "Whether to create it.",
      remark: "Set false where policies come from elsewhere.",
    }),
    metricsFrom: z.array(networkPeer).optional().meta({
      description: "Who may read metrics; probes of the node's kubelet are always let through.",
      otherwise: "nobody",
    }),
    apiServerPorts: z.array(port).default([443, 6443]).meta({
      description: "Ports of the Kubernetes API server.",
    }),
    egressPorts: z.array(port).optional().meta({
      description:
        "Further TCP ports to which the pod may connect. The ports of ZITADEL and of every destination's URL are included already; a Service in the cluster that forwards to another port of its pods needs that one here.",
      otherwise: "none",
    }),
  })
  .meta({
    typeName: "NetworkRules",
    typeDescription:
      "The pod's NetworkPolicy. Kubernetes knows addresses and ports there, no host names: so it says to which ports the pod may connect, not to which hosts, and it takes effect only where the cluster's network enforces it.",
  });

export const monitoring = z
  .strictObject({
    serviceMonitor: z
      .boolean()
      .default(false)
      .meta({ plain: true, description: "Whether to create a ServiceMonitor." }),
    prometheusRule: z
      .boolean()
      .default(false)
      .meta({ plain: true, description: "Whether to create a PrometheusRule with the alerts." }),
    labels: labelMap.optional().meta({
      description: "Labels by which Prometheus selects both.",
      otherwise: "none",
    }),
  })
  .meta({
    typeName: "Monitoring",
    typeDescription: "Resources of the Prometheus Operator; its definitions must be in the cluster.",
  });

export const serviceAccount = z
  .strictObject({
    annotations: annotationMap.optional().meta({
      description:
        "Annotations of the account, for example of a cloud's workload identity: `eks.amazonaws.com/role-arn`.",
      otherwise: "none",
    }),
    name: objectName.optional().meta({
      description: "Name of the account, where a cloud's role asks for one. It is created.",
      otherwise: "`workloadName`",
    }),
  })
  .meta({
    typeName: "PodAccount",
    typeDescription:
      "The pods' ServiceAccount. It may read and write the forwarder's checkpoint, and read ZITADEL's log where that is declared.",
  });

export const imagePullPolicy = enumeration("ImagePullPolicy", "When an image is pulled.", {
  Always: [
    "Always",
    "At each start: the registry is asked, and what the node has is used where it is the same.",
  ],
  IfNotPresent: ["IfNotPresent", "When the node does not have it."],
  Never: ["Never", "Never: the node must have it."],
});
