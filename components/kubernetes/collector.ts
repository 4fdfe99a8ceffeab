import type * as pulumi from "@pulumi/pulumi";
import type { ForwarderArgs } from "../arguments";
import type { CollectorCredential } from "../declaration/credentials/collectorCredentials";
import { collectorKey } from "./configMaps";
import { collectorImage, type ImageArgs, pullPolicy } from "./images";
import { lift } from "./lift";
import { parseQuantity } from "./quantity";
import { collectorResources } from "./resources";
import {
  collectorCredentialsName,
  collectorHealthPort,
  collectorHealthPortName,
  type Workload,
} from "./workload";

const configurationFolder = "/etc/zitadel-siem";
/** Where exporters find the files that were declared for them. */
const filesFolder = "/var/run/secrets/collector";
const filesVolume = "collector-files";

const alive = { httpGet: { path: "/", port: collectorHealthPortName }, timeoutSeconds: 5 };

/**
 * The Collector beside the forwarder. It has no readiness probe: an exporter that cannot deliver is no reason to take
 * the pod's webhooks out of their Service.
 */
export function collectorContainer(
  workload: Workload,
  args: ImageArgs & Pick<ForwarderArgs, "collectorResources">,
  credentials: readonly CollectorCredential[],
) {
  const resources = collectorResources(args);
  const variables = credentials.filter(({ kind }) => kind === "environment");
  return {
    name: "collector",
    image: collectorImage(args),
    ...pullPolicy(args),
    args: [`--config=${configurationFolder}/${collectorKey}`],
    env: [
      { name: "GOMEMLIMIT", value: lift(resources.limits.memory, mostOf) },
      ...variables.map(({ name, ...from }) => ({
        name,
        valueFrom: { secretKeyRef: keyOf(workload, { name, ...from }) },
      })),
    ],
    ports: [{ name: collectorHealthPortName, containerPort: collectorHealthPort, protocol: "TCP" }],
    startupProbe: { ...alive, periodSeconds: 2, failureThreshold: 60 },
    livenessProbe: { ...alive, periodSeconds: 10, failureThreshold: 6 },
    // A configuration that it does not take is then told by `kubectl describe`.
    terminationMessagePolicy: "FallbackToLogsOnError",
    resources,
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [
      { name: "configuration", mountPath: configurationFolder, readOnly: true },
      ...(filesOf(credentials).length > 0
        ? [{ name: filesVolume, mountPath: filesFolder, readOnly: true }]
        : []),
    ],
  };
}

/** The volumes that the Collector needs besides the configuration's. */
export function collectorVolumes(workload: Workload, credentials: readonly CollectorCredential[]) {
  const files = filesOf(credentials);
  if (files.length === 0) return [];
  const sources = files.map((file) => {
    const { name, key } = keyOf(workload, file);
    return { secret: { name, items: [{ key, path: file.name }] } };
  });
  return [{ name: filesVolume, projected: { defaultMode: 0o440, sources } }];
}

const filesOf = (credentials: readonly CollectorCredential[]) =>
  credentials.filter(({ kind }) => kind === "files");

/** Where in the cluster a credential is: in the Secret that was named, or in the Collector's own. */
function keyOf(
  workload: Workload,
  { name, credential: { secret } }: Pick<CollectorCredential, "name" | "credential">,
): { name: pulumi.Input<string>; key: pulumi.Input<string> } {
  if (secret) return { name: secret.name, key: secret.key };
  return { name: collectorCredentialsName(workload), key: name };
}

/** Four fifths of a quantity of memory, in bytes, from where on Go collects more eagerly. */
const mostOf = (quantity: string): string => {
  const bytes = parseQuantity(quantity);
  return bytes === undefined ? "off" : String(Math.floor(bytes * 0.8));
};
