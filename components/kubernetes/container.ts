import type * as pulumi from "@pulumi/pulumi";
import type { ForwarderArgs } from "../arguments";
import { bundleKey, configurationKey } from "./configMaps";
import { folders } from "./folders";
import { pullPolicy } from "./images";
import { lift } from "./lift";
import { containerAdditions } from "./podTemplate";
import { probes } from "./probes";
import { peerUrls, replicasOf } from "./replicas";
import { forwarderResources } from "./resources";
import { journalVolume } from "./volumeClaim";
import {
  checkpointName,
  healthPort,
  healthPortName,
  statusPort,
  type Workload,
  webhookPort,
  webhookPortName,
} from "./workload";

/**
 * Seconds between a pod's leaving the Service and the signal to stop. Both begin when the pod is deleted, and until
 * every node and controller in front has heard of it, calls still come and are answered.
 */
const LEAVING_SECONDS = 10;

/** What the container runs: the bundle of this package on a Node image, or a published image as it is. */
export interface ContainerProgram {
  image: pulumi.Input<string>;
  /** Whether the image is Node alone and the program comes from the bundle. */
  bundled: boolean;
}

export function forwarderContainer(
  workload: Workload,
  { image, bundled }: ContainerProgram,
  args: Pick<ForwarderArgs, "resources" | "replicas" | "logins" | "podTemplate" | "imagePullPolicy">,
) {
  const { replicas, logins, podTemplate } = args;
  const webhook = logins?.webhook !== undefined;
  const additions = containerAdditions(podTemplate);
  const env = [...(webhook ? [podName] : []), ...additions.env];
  return {
    name: "forwarder",
    image,
    ...pullPolicy(args),
    ...(bundled ? { command: ["node", `${folders.program}/${bundleKey}`] } : {}),
    args: [
      ...forwarderArguments(workload),
      ...(webhook ? webhookArguments(workload, replicasOf({ replicas, logins })) : []),
    ],
    ...(env.length > 0 && { env }),
    ...(webhook && { lifecycle: { preStop: { sleep: { seconds: LEAVING_SECONDS } } } }),
    ports: [
      { name: healthPortName, containerPort: healthPort, protocol: "TCP" },
      ...(webhook ? [{ name: webhookPortName, containerPort: webhookPort, protocol: "TCP" }] : []),
    ],
    ...probes,
    resources: forwarderResources(args),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [
      ...(bundled ? [{ name: "program", mountPath: folders.program, readOnly: true }] : []),
      { name: "configuration", mountPath: folders.configuration, readOnly: true },
      { name: "secrets", mountPath: folders.secrets, readOnly: true },
      { name: journalVolume, mountPath: folders.journal },
      { name: "service-account", mountPath: folders.serviceAccount, readOnly: true },
      { name: "temporary", mountPath: folders.temporary },
      ...additions.volumeMounts,
    ],
  };
}

/** Variables whose values the container gives itself. */
export const podNameVariable = "POD_NAME";
const podName = { name: podNameVariable, valueFrom: { fieldRef: { fieldPath: "metadata.name" } } };

function forwarderArguments(workload: Workload): pulumi.Input<string>[] {
  return [
    "--config",
    `${folders.configuration}/${configurationKey}`,
    "--secrets",
    folders.secrets,
    "--journal",
    folders.journal,
    "--checkpoint",
    checkpointUrl(workload),
    "--service-account",
    folders.serviceAccount,
    "--health",
    `0.0.0.0:${healthPort}`,
    "--status",
    `127.0.0.1:${statusPort}`,
  ];
}

/** The pod's name says which ordinal it is: only the first reads events and logs. */
function webhookArguments(workload: Workload, replicas: number): pulumi.Input<string>[] {
  return [
    "--webhooks",
    `0.0.0.0:${webhookPort}`,
    "--pod",
    `$(${podNameVariable})`,
    ...(replicas > 1 ? ["--peers", peerUrls(workload, replicas)] : []),
  ];
}

/** The checkpoint's address in the Kubernetes API. */
const checkpointUrl = (workload: Workload) =>
  lift(
    workload.namespace,
    (namespace) =>
      `https://kubernetes.default.svc/api/v1/namespaces/${namespace}/configmaps/${checkpointName(workload)}`,
  );
