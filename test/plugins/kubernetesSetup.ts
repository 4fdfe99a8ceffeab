import { randomBytes } from "node:crypto";
import { afterAll, beforeAll } from "vitest";
import { type Fields, reveal } from "../../local/plugins/kubernetes/propertyValues";
import { ensureCluster, type TestCluster } from "../cluster/cluster";
import { type EngineResource, Plugin } from "./kubernetesPlugin";

export interface PluginOnCluster {
  cluster: TestCluster;
  plugin: Plugin;
  /** A namespace of the test file's own; the plugin's default. */
  namespace: string;
  /** Metadata with a name that no other test has, in that namespace. */
  fresh(kind: string, annotations?: Fields): Fields & { name: string };
  /** The live object, as kubectl gives it. */
  live(kind: string, name: string): Promise<Live>;
}

/** A live object of whatever kind: tests know what to look for. */
// biome-ignore lint/suspicious/noExplicitAny: its type is the kind's, which only the test knows.
type Live = any;

/** Starts cluster and plugin for the tests of one file; the object is filled before the first of them. */
export function usePluginOnCluster(prefix: string): PluginOnCluster {
  const namespace = `${prefix}-${randomBytes(4).toString("hex")}`;
  let made = 0;
  const started: PluginOnCluster = {
    namespace,
    fresh: (kind: string, annotations?: Fields) => {
      made += 1;
      return { name: `${kind}-${made}`, namespace, ...(annotations && { annotations }) };
    },
    live: async (kind: string, name: string) =>
      JSON.parse(await started.cluster.kubectl("get", kind, name, "-n", namespace, "-o", "json")),
  } as Partial<PluginOnCluster> as PluginOnCluster;
  beforeAll(async () => {
    started.cluster = await ensureCluster();
    await started.cluster.kubectl("create", "namespace", namespace);
    const level = "pod-security.kubernetes.io/enforce=restricted";
    await started.cluster.kubectl("label", "namespace", namespace, level);
    started.plugin = await Plugin.start({ kubeconfig: started.cluster.kubeconfig, namespace });
  });
  afterAll(async () => {
    await started.plugin?.stop();
    await started.cluster?.kubectl("delete", "namespace", namespace, "--wait=false");
    await started.cluster?.stop();
  });
  return started;
}

export const metadataOf = ({ state }: EngineResource) => reveal(state.metadata!) as Fields;
export const specOf = ({ state }: EngineResource) => reveal(state.spec!) as Fields;
export const statusOf = ({ state }: EngineResource) => reveal(state.status!) as Fields;
