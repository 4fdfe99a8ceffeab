import type * as pulumi from "@pulumi/pulumi";

/** What every manifest of one forwarder agrees on. */
export interface Workload {
  /** Name of the StatefulSet and beginning of every other name. */
  name: string;
  namespace: pulumi.Input<string>;
}

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
export const labels = (workload: Workload) => ({
  ...selectorLabels(workload),
  "app.kubernetes.io/part-of": "zitadel-siem",
  "app.kubernetes.io/managed-by": "pulumi",
});

/** Metadata of an object of the forwarder; `suffix` is added to the workload's name. */
export const metadata = (workload: Workload, suffix = "") => ({
  name: workload.name + suffix,
  namespace: workload.namespace,
  labels: labels(workload),
});

/** Names of the objects to which others refer. */
export const serviceAccountName = ({ name }: Workload) => name;
export const serviceName = ({ name }: Workload) => name;
export const configurationName = ({ name }: Workload) => `${name}-configuration`;
export const credentialsName = ({ name }: Workload) => `${name}-credentials`;
export const collectorCredentialsName = ({ name }: Workload) => `${name}-collector`;
export const checkpointName = ({ name }: Workload) => `${name}-checkpoint`;
export const bundleName = ({ name }: Workload, hash: string) => `${name}-bundle-${hash}`;
/** The claim that an ordinal of the StatefulSet adopts: `<template>-<StatefulSet>-<ordinal>`. */
export const claimName = ({ name }: Workload, ordinal: number) => `journal-${name}-${ordinal}`;
