import type * as pulumi from "@pulumi/pulumi";
import { defaults } from "../../contract/declaration/defaults";
import type { ForwarderArgs } from "../arguments";
import type { CollectorCredential } from "../declaration/credentials/collectorCredentials";
import type { CredentialFile } from "../declaration/credentials/credentialFiles";
import { collectorContainer, collectorVolumes } from "./collector";
import { type ContainerProgram, forwarderContainer } from "./container";
import { credentialsVolume } from "./credentials";
import { pullPolicy } from "./images";
import { liftObject } from "./lift";
import { furtherVolumes, podProperties, sidecars } from "./podTemplate";
import { replicasOf, spreadOverNodes } from "./replicas";
import { journalClaimTemplate, journalVolume, keepsJournal } from "./volumeClaim";
import {
  bundleName,
  configurationName,
  labels,
  metadata,
  selectorLabels,
  serviceAccountName,
  serviceName,
  type Workload,
} from "./workload";

/** What the StatefulSet is made of besides its name. */
export interface StatefulSetParts {
  program: ContainerProgram;
  /** Hash of the bundle, when the program comes from it. */
  bundleHash: string | undefined;
  /** Hash of the configuration: another one rolls the pod. Credentials are not in it, their files are re-read. */
  configurationHash: pulumi.Input<string>;
  credentials: readonly CredentialFile[];
  /** Whether the component keeps a Secret of its own. */
  ownSecret: boolean;
  /** The Collector's credentials and what is another text when one that was given by value is; undefined without it. */
  collector:
    | { credentials: readonly CollectorCredential[]; valuesVersion: pulumi.Input<string> | undefined }
    | undefined;
}

/**
 * The forwarder's pods. A StatefulSet runs at most one pod of an ordinal, so each journal has one writer. Parallel,
 * because with the ordered policy a pod of a bad version, never ready, blocks its own correction; an update still
 * goes pod by pod, the next only when the one before is ready.
 */
export function forwarderStatefulSet(workload: Workload, args: ForwarderArgs, parts: StatefulSetParts) {
  const replicas = replicasOf(args);
  const ephemeral = !keepsJournal(args.storage);
  return {
    apiVersion: "apps/v1" as const,
    kind: "StatefulSet" as const,
    metadata: metadata(workload),
    spec: {
      replicas,
      serviceName: serviceName(workload),
      podManagementPolicy: "Parallel",
      selector: { matchLabels: selectorLabels(workload) },
      template: {
        metadata: {
          labels: labels(workload, args.podTemplate?.labels),
          annotations: {
            ...workload.annotations,
            ...args.podTemplate?.annotations,
            "zitadel-siem/configuration-hash": parts.configurationHash,
            ...(parts.collector?.valuesVersion !== undefined && {
              "zitadel-siem/collector-credentials": parts.collector.valuesVersion,
            }),
          },
        },
        spec: {
          serviceAccountName: serviceAccountName(workload),
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          ...(args.imagePullSecrets && {
            imagePullSecrets: args.imagePullSecrets.map((name) => ({ name })),
          }),
          securityContext: liftObject(args.podTemplate?.securityContext ?? {}, (declared) => ({
            ...podSecurity,
            ...(args.assignedUserIds ? {} : ownIds),
            ...declared,
          })),
          ...(replicas > 1 && { topologySpreadConstraints: spreadOverNodes(workload) }),
          ...podProperties(workload, args.podTemplate, pullPolicy(args)),
          // Time to end the requests under way and to commit; what is cut off is sent again.
          terminationGracePeriodSeconds: 60,
          containers: [
            forwarderContainer(workload, parts.program, args),
            ...(parts.collector ? [collectorContainer(workload, args, parts.collector.credentials)] : []),
            ...sidecars(args.podTemplate, pullPolicy(args)),
          ],
          volumes: podVolumes(workload, args, parts, ephemeral),
        },
      },
      ...(ephemeral ? {} : { volumeClaimTemplates: [journalClaimTemplate(workload, args.storage ?? {})] }),
    },
  };
}

/** Ids of the pods' user and groups, unless the cluster assigns them. */
const ownIds = { runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000 };

const podSecurity = {
  runAsNonRoot: true,
  fsGroupChangePolicy: "OnRootMismatch",
  seccompProfile: { type: "RuntimeDefault" },
};

function podVolumes(workload: Workload, args: ForwarderArgs, parts: StatefulSetParts, ephemeral: boolean) {
  return [
    ...(parts.bundleHash === undefined
      ? []
      : [{ name: "program", configMap: { name: bundleName(workload, parts.bundleHash) } }]),
    { name: "configuration", configMap: { name: configurationName(workload) } },
    credentialsVolume(workload, parts.credentials, parts.ownSecret),
    ...(parts.collector ? collectorVolumes(workload, parts.collector.credentials) : []),
    serviceAccountVolume,
    { name: "temporary", emptyDir: { sizeLimit: "64Mi" } },
    ...(ephemeral
      ? [{ name: journalVolume, emptyDir: { sizeLimit: args.storage?.size ?? defaults.storageSize } }]
      : []),
    ...furtherVolumes(args.podTemplate),
  ];
}

/** What a mounted service account holds, written out because the mount by default is switched off. */
const serviceAccountVolume = {
  name: "service-account",
  projected: {
    defaultMode: 0o440,
    sources: [
      { serviceAccountToken: { path: "token", expirationSeconds: 3607 } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      { downwardAPI: { items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }] } },
    ],
  },
};
