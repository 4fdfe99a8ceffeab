import { type Cluster, ClusterError } from "../cluster";

/** A cluster that answers nothing: a program can still be previewed, but nothing can be done. */
export function unreachableCluster(why: string): Cluster {
  const refuse = async (): Promise<never> => {
    throw new ClusterError("Unreachable", `configured Kubernetes cluster is unreachable: ${why}`);
  };
  return {
    isNamespaced: refuse,
    create: refuse,
    apply: refuse,
    patch: refuse,
    get: refuse,
    delete: refuse,
    awaitReady: refuse,
    close: async () => undefined,
  };
}
