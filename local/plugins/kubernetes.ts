/**
 * The provider plugin `kubernetes` for the local run and the tests: it does to a cluster what the plugin of
 * pulumi-kubernetes 4.34 does, as far as programs here rely on it. What they rely on is listed, with sources,
 * in `kubernetes/behaviours.ts`; a behaviour that is not listed must not be relied on.
 */
import "../engineMarker";
import * as grpc from "@grpc/grpc-js";
import { type IResourceProviderServer, ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { localCluster } from "../workload";
import type { Cluster } from "./cluster";
import { ApiServer } from "./kubernetes/apiServer";
import { accessOf } from "./kubernetes/connection";
import { EngineLog } from "./kubernetes/engineLog";
import { protocol, type Variables } from "./kubernetes/protocol";
import { KubernetesProvider } from "./kubernetes/provider";
import { unreachableCluster } from "./kubernetes/unreachable";

/** Where this environment variable is `true`, the plugin creates as versions below 4.29 do: what exists it takes over. */
const TAKES_OVER = "ZITADEL_SIEM_KUBERNETES_TAKES_OVER";

const log = new EngineLog();
const address = process.argv.at(-1);
if (address && /:\d+$/.test(address)) log.attach(address);

/** The local run's cluster where there is one, else the API server of the kubeconfig. */
function createCluster(kubeconfig: string | undefined): { cluster: Cluster; namespace: string } {
  const local = localCluster();
  if (local) return { cluster: local, namespace: "default" };
  try {
    if (!kubeconfig) throw new Error("no kubeconfig is configured");
    const access = accessOf(kubeconfig);
    return { cluster: new ApiServer(access), namespace: access.namespace };
  } catch (error) {
    return { cluster: unreachableCluster((error as Error).message), namespace: "default" };
  }
}

function configure(variables: Variables): KubernetesProvider {
  const { cluster, namespace } = createCluster(variables.get("kubeconfig") || process.env.KUBECONFIG);
  const isTrue = (name: string) => variables.get(name) === "true";
  return new KubernetesProvider(
    cluster,
    {
      namespace: variables.get("namespace") || namespace,
      mutable: { configMaps: isTrue("enableConfigMapMutable"), secrets: isTrue("enableSecretMutable") },
      force: isTrue("enablePatchForce"),
      takesOver: process.env[TAKES_OVER] === "true",
    },
    (urn, line) => log.say(urn, line),
  );
}

const server = new grpc.Server();
const handlers = protocol(configure, (engine) => log.attach(engine));
server.addService(ResourceProviderService, handlers as IResourceProviderServer);
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  // The engine reads the port from the first line.
  console.log(port);
});
