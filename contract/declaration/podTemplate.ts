import * as z from "zod";
import { enumeration } from "../schema/described";
import { annotationMap, labelMap, objectName } from "../schema/kubernetes";
import { text } from "../schema/values";
import { secretKey } from "./credential";

/** What Kubernetes defines: taken as it is, Kubernetes says what is wrong with it. */
const ofKubernetes = z.record(z.string(), z.unknown());

const dnsPolicy = enumeration("DnsPolicy", "Which servers answer the pod's questions for names.", {
  ClusterFirst: [
    "ClusterFirst",
    "The cluster's, which ask the node's for names that are none of the cluster's.",
  ],
  Default: ["Default", "The node's."],
  None: ["None", "Those in `dnsConfig`."],
});

export const environmentVariable = z
  .strictObject({
    value: z.string().optional().meta({
      choice: true,
      description: "The value. It stands in the pod, where everybody who sees the pod reads it.",
    }),
    secret: secretKey.optional().meta({
      choice: true,
      description: "A key of an existing Secret that holds the value. It is read at the pod's start alone.",
    }),
  })
  .meta({
    typeName: "EnvironmentVariable",
    typeDescription: "The value of a variable: exactly one of `value` and `secret`.",
  });

/** What a pod has and a template may not: what would break goes with the reason. */
const refused = {
  activeDeadlineSeconds:
    "it would end the forwarder, which runs for as long as there is something to deliver",
  automountServiceAccountToken:
    "it is off: the token is mounted into the forwarder's container and nowhere else",
  containers: "they are the forwarder's own: give further ones as `sidecars`",
  enableServiceLinks: "it is off: Services of the namespace have no business in the forwarder's environment",
  env: "it is called `environment` here, variables by their names",
  ephemeralContainers: "they are added to a pod that runs, with kubectl debug",
  hostIPC: "it would break Pod Security `restricted`, which the pod keeps",
  hostNetwork:
    "it would break Pod Security `restricted`, which the pod keeps, and take its NetworkPolicy and its ports' isolation away",
  hostPID: "it would break Pod Security `restricted`, which the pod keeps",
  hostUsers: "it would change who owns the journal's files",
  hostname: "it is the pod's own name, by which replicas find one another",
  image: "it is declared beside `podTemplate`, as `image` or `nodeImage`",
  imagePullSecrets: "it is declared beside `podTemplate`",
  matchLabels: "it cannot change: by its labels the StatefulSet knows its pods",
  metadata: "it has its parts here: give `labels` and `annotations`",
  nodeName: "it would keep the pod on a node that fails: use `nodeSelector` or `affinity`",
  readOnlyRootFilesystem: "it stays on for the forwarder: what has to be written goes into a volume",
  replicas: "it is declared beside `podTemplate`",
  resources: "it is declared beside `podTemplate`",
  restartPolicy: "it must be Always in a StatefulSet",
  selector: "it cannot change: by its labels the StatefulSet knows its pods",
  serviceAccount: "it is declared beside `podTemplate`",
  serviceAccountName:
    "it is the account that may write the checkpoint: name it with `serviceAccount` beside `podTemplate`",
  setHostnameAsFQDN: "it would change the pod's own name, by which replicas find one another",
  shareProcessNamespace: "it would let every container of the pod read the forwarder's memory",
  spec: "it has its parts here: give them as they are, without `spec`",
  subdomain: "it is the headless Service's name, by which replicas find one another",
  terminationGracePeriodSeconds:
    "it is the forwarder's own: 60 seconds, in which requests under way end and what was taken is written",
};

export const podTemplate = z
  .strictObject({
    labels: labelMap.optional().meta({
      description: "Labels of the pods besides the forwarder's own, which cannot be replaced.",
      otherwise: "none",
    }),
    annotations: annotationMap.optional().meta({
      description: "Annotations of the pods besides the forwarder's own, which cannot be replaced.",
      otherwise: "none",
    }),
    nodeSelector: labelMap.optional().meta({
      description: "Labels of the nodes on which the pods may run.",
      otherwise: "any node",
    }),
    tolerations: z.array(ofKubernetes).optional().meta({
      description: "Tolerations, as Kubernetes takes them.",
      otherwise: "none",
    }),
    affinity: ofKubernetes.optional().meta({
      description: "Affinity, as Kubernetes takes it.",
      otherwise: "none",
    }),
    topologySpreadConstraints: z.array(ofKubernetes).optional().meta({
      description:
        "Constraints by which replicas are spread, as Kubernetes takes them. One without `labelSelector` counts the forwarder's pods.",
      otherwise: "replicas on nodes of their own, where there are enough",
    }),
    priorityClassName: objectName.optional().meta({
      description: "PriorityClass of the pods.",
      otherwise: "the cluster's",
    }),
    runtimeClassName: objectName.optional().meta({
      description: "RuntimeClass of the pods.",
      otherwise: "the cluster's",
    }),
    schedulerName: text.optional().meta({
      description: "Scheduler of the pods.",
      otherwise: "the cluster's",
    }),
    dnsPolicy: dnsPolicy.optional().meta({
      description: "Which servers answer the pods' questions for names.",
      otherwise: "`ClusterFirst`",
    }),
    dnsConfig: ofKubernetes.optional().meta({
      description: "Servers, search domains and options for names, as Kubernetes takes them.",
      otherwise: "none",
    }),
    hostAliases: z.array(ofKubernetes).optional().meta({
      description: "Further lines of the pods' hosts file, as Kubernetes takes them.",
      otherwise: "none",
    }),
    securityContext: ofKubernetes.optional().meta({
      description:
        "Security context of the pods, as Kubernetes takes it, over the forwarder's own. What Pod Security `restricted` does not take is refused.",
      otherwise: "user and group 1000, and the seccomp profile RuntimeDefault",
    }),
    volumes: z.array(ofKubernetes).optional().meta({
      description:
        "Volumes of the pods besides the forwarder's own, as Kubernetes takes them; for `volumeMounts`, `sidecars` and `initContainers`.",
      otherwise: "none",
    }),
    volumeMounts: z.array(ofKubernetes).optional().meta({
      description:
        "Where the forwarder's container has volumes of `volumes`, as Kubernetes takes them; none of its own folders can be hidden.",
      otherwise: "none",
    }),
    environment: z.record(z.string(), environmentVariable).optional().meta({
      plain: true,
      description: "Variables of the forwarder's container, by their names.",
      otherwise: "none",
    }),
    sidecars: z.array(ofKubernetes).optional().meta({
      description:
        "Containers beside the forwarder's, as Kubernetes takes them. They keep to Pod Security `restricted`: of `securityContext`, what is not given is filled in.",
      otherwise: "none",
    }),
    initContainers: z.array(ofKubernetes).optional().meta({
      description: "Containers that run before the forwarder's, as Kubernetes takes them; like `sidecars`.",
      otherwise: "none",
    }),
  })
  .meta({
    refused,
    typeName: "PodTemplate",
    typeDescription:
      "What the forwarder's pods have besides what the component gives them: https://kubernetes.io/docs/concepts/workloads/pods/#pod-templates",
  });
