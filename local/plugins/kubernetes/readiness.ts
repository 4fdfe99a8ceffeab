import type { KubernetesObject } from "../cluster";

/** The parts of objects by which it is seen that they do their work. */
interface Watched {
  metadata: KubernetesObject["metadata"];
  spec?: {
    type?: string;
    clusterIP?: string;
    selector?: Record<string, unknown>;
    replicas?: number;
    updateStrategy?: { type?: string };
  };
  status?: {
    phase?: string;
    observedGeneration?: number;
    replicas?: number;
    readyReplicas?: number;
    currentReplicas?: number;
    updatedReplicas?: number;
    currentRevision?: string;
    updateRevision?: string;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    loadBalancer?: { ingress?: unknown[] };
  };
}

/** What else in the cluster decides. */
export interface Surroundings {
  /** Of a Service: the Endpoints of its name. */
  endpoints?: KubernetesObject;
  /** Of a claim: its StorageClass's `volumeBindingMode`. */
  bindingMode?: string;
}

type Pending = (object: Watched, around: Surroundings) => string | undefined;

/** What an object still has to do before it is ready; undefined when it is. One line for a person. */
export function pendingOf(object: KubernetesObject, around: Surroundings = {}): string | undefined {
  return conditions[`${object.apiVersion}/${object.kind}`]?.(object as Watched, around);
}

/** Whether a kind has a condition to wait for at all. */
export function hasReadiness({ apiVersion, kind }: { apiVersion: string; kind: string }): boolean {
  return `${apiVersion}/${kind}` in conditions;
}

const conditions: Record<string, Pending> = {
  "apps/v1/StatefulSet": ({ metadata, spec, status = {} }) => {
    const wanted = spec?.replicas ?? 1;
    const { replicas = 0, readyReplicas = 0, currentReplicas = 0, updatedReplicas = 0 } = status;
    if (!isObserved(metadata, status)) return "the controller has not seen the change yet";
    const byHand = spec?.updateStrategy?.type === "OnDelete" && metadata.generation! > 1;
    const isRolledOut =
      byHand || (!!status.currentRevision && status.currentRevision === status.updateRevision);
    if (!isRolledOut) return `${Math.min(readyReplicas, updatedReplicas)}/${wanted} Pods updated and ready`;
    const isComplete =
      replicas === wanted && readyReplicas === wanted && (byHand || currentReplicas === wanted);
    return isComplete ? undefined : `${readyReplicas}/${wanted} Pods ready`;
  },
  "apps/v1/Deployment": ({ metadata, spec, status = {} }) => {
    const wanted = spec?.replicas ?? 1;
    const { replicas = 0, readyReplicas = 0, updatedReplicas = 0 } = status;
    if (!isObserved(metadata, status)) return "the controller has not seen the change yet";
    const condition = (type: string) => status.conditions?.find((found) => found.type === type);
    const progressing = condition("Progressing");
    if (progressing?.status === "False") return `[${progressing.reason}] ${progressing.message}`;
    const available = condition("Available");
    if (progressing?.reason !== "NewReplicaSetAvailable" || available?.status !== "True") {
      return `${Math.min(readyReplicas, updatedReplicas)}/${wanted} Pods ready`;
    }
    const isComplete = updatedReplicas >= wanted && readyReplicas >= wanted && replicas === wanted;
    return isComplete ? undefined : `${readyReplicas}/${wanted} Pods ready`;
  },
  "v1/PersistentVolumeClaim": ({ status = {} }, { bindingMode }) => {
    if (status.phase === "Bound") return undefined;
    if (bindingMode === "WaitForFirstConsumer" && status.phase === "Pending") return undefined;
    return "the claim is not bound to a volume";
  },
  "v1/PersistentVolume": ({ status = {} }) =>
    ["Available", "Bound"].includes(status.phase ?? "") ? undefined : "the volume is not available",
  "v1/Service": ({ spec = {}, status = {} }, { endpoints }) => {
    if (spec.type === "LoadBalancer" && !status.loadBalancer?.ingress?.length) {
      return "no address was given to the load balancer";
    }
    const selects = Object.keys(spec.selector ?? {}).length > 0;
    if (spec.type === "ExternalName" || spec.clusterIP === "None" || !selects) return undefined;
    if (!endpoints) return "no endpoints were made";
    const subsets = (endpoints.subsets ?? []) as { notReadyAddresses?: unknown[] }[];
    const notReady = subsets.flatMap(({ notReadyAddresses = [] }) => notReadyAddresses).length;
    return notReady === 0 ? undefined : `${notReady} selected Pods are not ready`;
  },
  "networking.k8s.io/v1/Ingress": ({ status = {} }) =>
    status.loadBalancer?.ingress?.length ? undefined : "no address was given to the Ingress",
};

function isObserved(metadata: Watched["metadata"], status: NonNullable<Watched["status"]>): boolean {
  return (status.observedGeneration ?? 0) >= (metadata.generation ?? 1);
}

interface Pod {
  metadata: KubernetesObject["metadata"] & { ownerReferences?: { uid: string }[] };
  status?: {
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    containerStatuses?: {
      name: string;
      state?: { waiting?: { reason?: string; message?: string } };
      lastState?: { terminated?: { exitCode?: number; reason?: string } };
    }[];
  };
}

/** What keeps the pods of an owner from being ready: image, crash, scheduling. One line each. */
export function podProblems(pods: readonly KubernetesObject[], owner: string | undefined): string[] {
  const own = (pods as readonly KubernetesObject[] as readonly Pod[]).filter(({ metadata }) =>
    metadata.ownerReferences?.some(({ uid }) => uid === owner),
  );
  return own.flatMap(({ metadata, status = {} }) => {
    const unscheduled = status.conditions?.filter(
      ({ type, status: state }) => type === "PodScheduled" && state === "False",
    );
    const waiting = (status.containerStatuses ?? []).flatMap(({ name, state, lastState }) => {
      const { reason, message = "" } = state?.waiting ?? {};
      if (!reason || reason === "ContainerCreating") return [];
      const exit = lastState?.terminated?.exitCode;
      return [`container ${name}: [${reason}] ${message}${exit === undefined ? "" : ` (exit code ${exit})`}`];
    });
    const reasons = [
      ...(unscheduled ?? []).map(({ reason, message }) => `[${reason}] ${message}`),
      ...waiting,
    ];
    return reasons.map((reason) => `Pod ${metadata.name}: ${reason}`);
  });
}
