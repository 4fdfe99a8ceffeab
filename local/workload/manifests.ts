/** The parts of Kubernetes' manifests that the local run reads. Everything else in them is ignored. */
import type { KubernetesObject } from "../plugins/cluster";

export interface KeyToPath {
  key: string;
  path: string;
}

export interface ConfigMapObject extends KubernetesObject {
  data?: Record<string, string>;
  /** Base64. */
  binaryData?: Record<string, string>;
}

export interface SecretObject extends KubernetesObject {
  /** Base64. */
  data?: Record<string, string>;
  stringData?: Record<string, string>;
}

export interface FilesSource {
  name?: string;
  secretName?: string;
  items?: KeyToPath[];
  optional?: boolean;
}

export interface ProjectedSource {
  configMap?: FilesSource;
  secret?: FilesSource;
  serviceAccountToken?: { path: string };
  downwardAPI?: { items?: { path: string; fieldRef?: { fieldPath: string } }[] };
}

export interface Volume {
  name: string;
  configMap?: FilesSource;
  secret?: FilesSource;
  projected?: { sources?: ProjectedSource[] };
  emptyDir?: object;
  persistentVolumeClaim?: { claimName: string };
}

export interface EnvironmentVariable {
  name: string;
  value?: string;
  valueFrom?: {
    secretKeyRef?: { name: string; key: string; optional?: boolean };
    configMapKeyRef?: { name: string; key: string; optional?: boolean };
    fieldRef?: { fieldPath: string };
  };
}

export interface Probe {
  httpGet?: { path?: string; port: number | string };
  initialDelaySeconds?: number;
  periodSeconds?: number;
  timeoutSeconds?: number;
  successThreshold?: number;
  failureThreshold?: number;
}

export interface Container {
  name: string;
  image?: string;
  command?: string[];
  args?: string[];
  env?: EnvironmentVariable[];
  ports?: { name?: string; containerPort: number }[];
  volumeMounts?: { name: string; mountPath: string; subPath?: string }[];
  startupProbe?: Probe;
  readinessProbe?: Probe;
  livenessProbe?: Probe;
}

export interface PodSpec {
  initContainers?: Container[];
  containers: Container[];
  volumes?: Volume[];
  terminationGracePeriodSeconds?: number;
  serviceAccountName?: string;
}

export interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: PodSpec;
}

export interface StatefulSetObject extends KubernetesObject {
  spec: {
    replicas?: number;
    template: PodTemplate;
    volumeClaimTemplates?: { metadata?: { name?: string } }[];
  };
}

export interface ServiceObject extends KubernetesObject {
  spec: {
    selector?: Record<string, string>;
    ports?: { port: number; targetPort?: number | string }[];
  };
}

/** The kinds that are taken, and whether they live in namespaces. */
const KINDS: Record<string, { namespaced: boolean; kinds: string[] }[]> = {
  v1: [
    { namespaced: false, kinds: ["Namespace", "PersistentVolume"] },
    {
      namespaced: true,
      kinds: ["ConfigMap", "Secret", "Service", "ServiceAccount", "PersistentVolumeClaim"],
    },
  ],
  "apps/v1": [{ namespaced: true, kinds: ["StatefulSet"] }],
  "networking.k8s.io/v1": [{ namespaced: true, kinds: ["NetworkPolicy", "Ingress"] }],
  "policy/v1": [{ namespaced: true, kinds: ["PodDisruptionBudget"] }],
  "rbac.authorization.k8s.io/v1": [
    { namespaced: true, kinds: ["Role", "RoleBinding"] },
    { namespaced: false, kinds: ["ClusterRole", "ClusterRoleBinding"] },
  ],
  "storage.k8s.io/v1": [{ namespaced: false, kinds: ["StorageClass"] }],
};

/** Whether a kind lives in namespaces; undefined for a kind that the local run does not take. */
export function isNamespacedKind(apiVersion: string, kind: string): boolean | undefined {
  return KINDS[apiVersion]?.find(({ kinds }) => kinds.includes(kind))?.namespaced;
}
