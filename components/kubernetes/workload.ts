import type * as pulumi from "@pulumi/pulumi";
import type { ForwarderArgs } from "../arguments";

/** What every manifest of one forwarder agrees on. */
export interface Workload {
  /** Name of the StatefulSet and beginning of every other name. */
  name: string;
  namespace: pulumi.Input<string>;
  /** What everything has besides the forwarder's own labels. The default is nothing. */
  labels?: Texts | undefined;
  /** What everything is annotated with besides its own annotations. The default is nothing. */
  annotations?: Texts | undefined;
  /** Name of the pods' account. The default is the workload's. */
  accountName?: pulumi.Input<string> | undefined;
}

export interface Texts {
  [name: string]: pulumi.Input<string>;
}

/** What a declaration says that every manifest agrees on. */
export const workloadOf = (
  { namespace, labels, annotations, serviceAccount }: ForwarderArgs,
  name: string,
): Workload => ({ name, namespace, labels, annotations, accountName: serviceAccount?.name });

/** The forwarder's health and metrics listener. */
export const healthPort = 8081;
/** Name of that port in the container and the Service. */
export const healthPortName = "health";
/** The webhook listener: the one port that a Service, an Ingress or a route reaches. */
export const webhookPort = 8080;
/** Name of that port in the container and the Service. */
export const webhookPortName = "webhooks";
/** The status page, on the pod's loopback; `kubectl port-forward` reaches it. */
export const statusPort = 8082;

/** Where the Collector beside the forwarder says whether it runs. */
export const collectorHealthPort = 13133;
/** Name of that port in its container. */
export const collectorHealthPortName = "collector";

/** Labels by which pods are selected; they never change, a StatefulSet's selector cannot. */
export const selectorLabels = ({ name }: Workload) => ({
  "app.kubernetes.io/name": "zitadel-siem",
  "app.kubernetes.io/instance": name,
  "app.kubernetes.io/component": "forwarder",
});

/** Recommended labels: https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/ */
export const commonLabels = {
  "app.kubernetes.io/part-of": "zitadel-siem",
  "app.kubernetes.io/managed-by": "pulumi",
};

/** Labels of an object; `own` are its kind's. */
export const labels = (workload: Workload, own: Texts = {}): Texts => ({
  ...workload.labels,
  ...own,
  ...selectorLabels(workload),
  ...commonLabels,
});

/** Annotations of an object as a property of its metadata; `own` are its kind's. */
export const annotated = (workload: Workload, own: Texts = {}): { annotations?: Texts } => {
  const annotations = { ...workload.annotations, ...own };
  return Object.keys(annotations).length > 0 ? { annotations } : {};
};

/** Metadata of an object of the forwarder. */
export const metadataOf = (workload: Workload, name: string) => ({
  name,
  namespace: workload.namespace,
  labels: labels(workload),
  ...annotated(workload),
});

/** The same of one whose name is the workload's with `suffix` added. */
export const metadata = (workload: Workload, suffix = "") => metadataOf(workload, workload.name + suffix);

/** Names of the objects to which others refer. */
export const serviceAccountName = ({ name, accountName }: Workload) => accountName ?? name;
export const serviceName = ({ name }: Workload) => name;
export const configurationName = ({ name }: Workload) => `${name}-configuration`;
export const credentialsName = ({ name }: Workload) => `${name}-credentials`;
export const collectorCredentialsName = ({ name }: Workload) => `${name}-collector`;
export const checkpointName = ({ name }: Workload) => `${name}-checkpoint`;
export const bundleName = ({ name }: Workload, hash: string) => `${name}-bundle-${hash}`;
/** The claim that an ordinal of the StatefulSet adopts: `<template>-<StatefulSet>-<ordinal>`. */
export const claimName = ({ name }: Workload, ordinal: number) => `journal-${name}-${ordinal}`;
