import { defaultReplicas } from "../../contract/declaration/components";
import type { ForwarderArgs } from "../arguments";
import { lift } from "./lift";
import { healthPort, selectorLabels, serviceName, type Workload } from "./workload";

/** How many pods run. */
export const replicasOf = ({ replicas, logins }: Pick<ForwarderArgs, "replicas" | "logins">): number =>
  replicas ?? (logins?.webhook ? defaultReplicas.withWebhook : defaultReplicas.without);

/** The health listeners of the replicas that the first one asks for what they have taken, comma separated. */
export const peerUrls = (workload: Workload, replicas: number) =>
  lift(workload.namespace, (namespace) =>
    Array.from(
      { length: replicas - 1 },
      (_, index) =>
        `http://${workload.name}-${index + 1}.${serviceName(workload)}.${namespace}.svc:${healthPort}`,
    ).join(","),
  );

/** Replicas on nodes of their own where there are enough: a node that fails or is drained takes one of them. */
export const spreadOverNodes = (workload: Workload) => [
  {
    maxSkew: 1,
    topologyKey: "kubernetes.io/hostname",
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: selectorLabels(workload) },
  },
];
