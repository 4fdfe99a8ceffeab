import type * as pulumi from "@pulumi/pulumi";
import type { ForwarderArgs } from "../arguments";
import type { CollectorCredential } from "../declaration/credentials/collectorCredentials";
import type { CredentialFile } from "../declaration/credentials/credentialFiles";
import {
  checkpointRole,
  checkpointRoleBinding,
  podLogsRole,
  podLogsRoleBinding,
  serviceAccount,
} from "./accessControl";
import type { Bundle } from "./bundle";
import { webhookCallers } from "./callers";
import { bundleConfigMap, checkpointConfigMap, configurationConfigMap } from "./configMaps";
import { collectorSecret, credentialsSecret } from "./credentials";
import { forwarderImage } from "./images";
import { prometheusRule, serviceMonitor } from "./monitoring";
import { forwarderNetworkPolicy } from "./networkPolicy";
import { podDisruptionBudget } from "./podDisruptionBudget";
import { replicasOf } from "./replicas";
import { headlessService } from "./service";
import { forwarderStatefulSet } from "./statefulSet";
import { furtherClaim, journalClaim, keepsJournal } from "./volumeClaim";
import { webhooksIngress, webhooksRoute, webhooksService } from "./webhooks";
import type { Workload } from "./workload";

/** What the manifests are made from, apart from the declaration itself. */
export interface ManifestParts {
  workload: Workload;
  /** The forwarder's configuration, JSON text, and its hash. */
  configurationText: pulumi.Input<string>;
  configurationHash: pulumi.Input<string>;
  /** TCP ports to which the forwarder connects by its configuration. */
  connectedPorts: pulumi.Input<pulumi.Input<number>[]>;
  credentials: readonly CredentialFile[];
  /** Content of the component's own Secret, or undefined when every credential is in an existing one. */
  credentialValues: pulumi.Input<{ [file: string]: pulumi.Input<string> }> | undefined;
  /** The Collector that runs the exporters, or undefined when no destination needs one. */
  collector: CollectorParts | undefined;
  /** The forwarder's program, or undefined when an image brings it. */
  bundle: Bundle | undefined;
}

/** What a Collector is made from, apart from its image and resources. */
export interface CollectorParts {
  /** Its configuration, JSON text. */
  text: pulumi.Input<string>;
  credentials: readonly CollectorCredential[];
  /** Content of its own Secret, or undefined when every credential is in an existing one. */
  values: pulumi.Input<{ [name: string]: pulumi.Input<string> }> | undefined;
  /** Another text whenever a value is another: variables are read at the Collector's start alone. */
  valuesVersion: pulumi.Input<string> | undefined;
}

/** Every manifest of a forwarder; the optional ones are absent when the declaration does without them. */
export function forwarderManifests(args: ForwarderArgs, parts: ManifestParts) {
  const { workload, bundle, collector } = parts;
  const replicas = replicasOf(args);
  const { webhook, stdout } = args.logins ?? {};
  const storage = args.storage ?? {};
  const onVolumes = keepsJournal(storage);
  const networkPolicy = args.networkPolicy ?? {};
  const monitoring = args.monitoring ?? {};
  return {
    serviceAccount: serviceAccount(workload, args.serviceAccount),
    role: checkpointRole(workload),
    roleBinding: checkpointRoleBinding(workload),
    checkpoint: checkpointConfigMap(workload),
    configuration: configurationConfigMap(workload, parts.configurationText, collector?.text),
    credentials: parts.credentialValues && credentialsSecret(workload, parts.credentialValues),
    collectorCredentials: collector?.values && collectorSecret(workload, collector.values),
    bundle: bundle && { hash: bundle.hash, manifest: bundleConfigMap(workload, bundle) },
    service: headlessService(workload),
    claim: onVolumes ? journalClaim(workload, storage, 0) : undefined,
    /** The claims of ordinals 1, 2, …, when the uid of the first one's is known. */
    furtherClaims: (firstUid: pulumi.Input<string>) =>
      Array.from({ length: onVolumes ? replicas - 1 : 0 }, (_, index) =>
        furtherClaim(workload, storage, index + 1, firstUid),
      ),
    podDisruptionBudget: replicas > 1 ? podDisruptionBudget(workload) : undefined,
    webhooks: webhook && {
      service: webhooksService(workload, webhook),
      ingress: webhook.ingress && webhooksIngress(workload, webhook.ingress),
      route: webhook.route && webhooksRoute(workload, webhook.route, webhook),
    },
    podLogs: stdout && {
      role: podLogsRole(workload, stdout.namespace),
      roleBinding: podLogsRoleBinding(workload, stdout.namespace),
    },
    networkPolicy:
      networkPolicy.enabled === false
        ? undefined
        : forwarderNetworkPolicy(workload, networkPolicy, {
            connectedPorts: parts.connectedPorts,
            webhookCallers: webhookCallers(args.logins),
            replicas,
          }),
    serviceMonitor: monitoring.serviceMonitor ? serviceMonitor(workload, monitoring) : undefined,
    prometheusRule: monitoring.prometheusRule ? prometheusRule(workload, monitoring, args) : undefined,
    statefulSet: forwarderStatefulSet(workload, args, {
      program: { image: forwarderImage(args), bundled: bundle !== undefined },
      bundleHash: bundle?.hash,
      configurationHash: parts.configurationHash,
      credentials: parts.credentials,
      ownSecret: parts.credentialValues !== undefined,
      collector,
    }),
  };
}
