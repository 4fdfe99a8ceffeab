import type * as pulumi from "@pulumi/pulumi";
import type { ComputeResources } from "../arguments/workload";
import { bundleKey, configurationKey } from "./configMaps";
import { lift } from "./lift";
import { probes } from "./probes";
import { journalVolume } from "./volumeClaim";
import { checkpointName, healthPort, healthPortName, statusPort, type Workload } from "./workload";

/** Folders of the container. */
export const folders = {
  program: "/opt/zitadel-siem",
  configuration: "/etc/zitadel-siem",
  secrets: "/var/run/secrets/zitadel-siem",
  journal: "/var/lib/zitadel-siem",
  serviceAccount: "/var/run/secrets/kubernetes.io/serviceaccount",
  temporary: "/tmp",
};

export const defaultNodeImage = "docker.io/library/node:24-bookworm-slim";

/** What the container runs: the bundle of this package on a Node image, or a published image as it is. */
export interface ContainerProgram {
  image: pulumi.Input<string>;
  /** Whether the image is Node alone and the program comes from the bundle. */
  bundled: boolean;
}

export function forwarderContainer(
  workload: Workload,
  { image, bundled }: ContainerProgram,
  resources: ComputeResources | undefined,
) {
  return {
    name: "forwarder",
    image,
    ...(bundled ? { command: ["node", `${folders.program}/${bundleKey}`] } : {}),
    args: forwarderArguments(workload),
    ports: [{ name: healthPortName, containerPort: healthPort, protocol: "TCP" }],
    ...probes,
    resources: {
      requests: { cpu: "50m", memory: "128Mi", ...resources?.requests },
      limits: { memory: "256Mi", ...resources?.limits },
    },
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
    ],
  };
}

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

/** The checkpoint's address in the Kubernetes API. */
const checkpointUrl = (workload: Workload) =>
  lift(
    workload.namespace,
    (namespace) =>
      `https://kubernetes.default.svc/api/v1/namespaces/${namespace}/configmaps/${checkpointName(workload)}`,
  );
