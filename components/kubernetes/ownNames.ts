import { folders } from "./folders";
import { podSecurityLabel } from "./namespace";
import { journalVolume } from "./volumeClaim";
import {
  collectorHealthPort,
  collectorHealthPortName,
  commonLabels,
  healthPort,
  healthPortName,
  selectorLabels,
  statusPort,
  webhookPort,
  webhookPortName,
} from "./workload";

/* What is the forwarder's own in its pod, whatever is declared: nothing in a pod's template may be called the same. */

export const ownContainers: readonly string[] = ["forwarder", "collector"];

export const ownVolumes: readonly string[] = [
  "program",
  "configuration",
  "secrets",
  "collector-files",
  "service-account",
  "temporary",
  journalVolume,
];

export const ownFolders: readonly string[] = Object.values(folders);

/** Containers of one pod share their ports; the Collector takes records from 4400 on, on loopback. */
export const ownPorts: readonly number[] = [healthPort, webhookPort, statusPort, collectorHealthPort];
export const ownPortNames: readonly string[] = [healthPortName, webhookPortName, collectorHealthPortName];

export const ownLabels: readonly string[] = [
  ...Object.keys(selectorLabels({ name: "", namespace: "" })),
  ...Object.keys(commonLabels),
  podSecurityLabel,
];

export const isOwnAnnotation = (name: string): boolean =>
  name.startsWith("zitadel-siem/") || /^pulumi\.com\/(?:skipAwait|patch)/.test(name);
