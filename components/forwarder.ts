import { createHash } from "node:crypto";
import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import * as apps from "@pulumi/kubernetes/apps/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as networking from "@pulumi/kubernetes/networking/v1";
import * as policy from "@pulumi/kubernetes/policy/v1";
import * as rbac from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";
import { RandomId } from "@pulumi/random";
import type { ConfigurationInput } from "../contract";
import { defaults } from "../contract/declaration/defaults";
import type { ForwarderArgs } from "./arguments";
import { checkedConfiguration } from "./declaration/checkedConfiguration";
import {
  collectorCredentials,
  collectorValues,
  secretExporters,
} from "./declaration/credentials/collectorCredentials";
import {
  credentialValues,
  forwarderCredentials,
  machineKeyFiles,
} from "./declaration/credentials/credentialFiles";
import { secretDelivery, secretLogins, secretReader } from "./declaration/credentials/secretInputs";
import { DeclarationError } from "./declaration/declarationError";
import { connectedPorts } from "./declaration/forwarderConfiguration";
import { checkedWorkload } from "./declaration/workload/checkedWorkload";
import { type ForwarderPorts, namesOf } from "./forwarderOutputs";
import { readBundle } from "./kubernetes/bundle";
import { collectorConfiguration } from "./kubernetes/collectorConfiguration";
import { type CollectorParts, forwarderManifests } from "./kubernetes/forwarderManifests";
import { restrictedNamespace } from "./kubernetes/namespace";
import { refuseTaken } from "./kubernetes/untaken";
import { webhookUrl } from "./kubernetes/webhooks";
import { type Workload, workloadOf } from "./kubernetes/workload";

/** The Kubernetes workload that reads ZITADEL's events and delivers them, with all that belongs to it. */
export class Forwarder extends pulumi.ComponentResource {
  /** Namespace of the forwarder. */
  readonly namespace: pulumi.Output<string>;
  /** Name of the StatefulSet. */
  readonly workloadName: pulumi.Output<string>;
  /** URL at which Actions report logins, once every pod takes calls; absent without a webhook. */
  readonly webhookUrl: pulumi.Output<string | undefined>;
  /** Name of the pods' ServiceAccount. */
  readonly serviceAccountName: pulumi.Output<string>;
  /** Name of the headless Service by which metrics are read. */
  readonly serviceName: pulumi.Output<string>;
  /** Name of the Service that takes login records; absent without a webhook. */
  readonly webhookServiceName: pulumi.Output<string | undefined>;
  /** Labels that select the pods, for policies and queries of your own. They never change. */
  readonly selectorLabels: pulumi.Output<{ [name: string]: string }>;
  /** Ports of the pods. */
  readonly ports: pulumi.Output<ForwarderPorts>;
  /** Hash of the forwarder's and the Collector's configuration: another one restarts the pods. Credentials are not in it. */
  readonly configurationHash: pulumi.Output<string>;

  constructor(name: string, args: ForwarderArgs, opts?: pulumi.ComponentResourceOptions) {
    const workloadName = args.workloadName ?? name;
    const configuration = checkedConfiguration(
      `Forwarder ${name}`,
      { ...args, machineKeyFiles: machineKeyFiles(args.reader?.machineKeys ?? []) },
      workloadName,
    );
    const declared = {
      ...checkedWorkload(`Forwarder ${name}`, secretDelivery(args)),
      reader: secretReader(args.reader),
      ...(args.logins && { logins: secretLogins(args.logins) }),
    };
    super("zitadel-siem:index:Forwarder", name, declared, opts);
    shared.set(this, { hooks: refuseTaken(this, name) });
    const given = workloadOf(declared, workloadName);
    const workload = { ...given, namespace: this.createNamespace(name, declared, given) };
    const collector = this.collectorParts(name, declared, configuration);
    const manifests = manifestsOf(declared, workload, configuration, collector);
    const prerequisites = [
      ...this.createAccess(name, manifests),
      ...this.createConfiguration(name, manifests),
      ...this.createNetwork(name, manifests),
      ...this.createClaims(name, manifests, declared),
    ];
    this.createMonitoring(name, manifests);
    const statefulSet = this.createStatefulSet(name, manifests, prerequisites);
    const front = this.createWebhookFront(name, manifests, statefulSet);
    this.namespace = statefulSet.metadata.namespace;
    this.workloadName = statefulSet.metadata.name;
    this.webhookUrl = this.webhookUrlBehind([statefulSet, ...front], workload, declared);
    const names = namesOf(workload, declared.logins?.webhook !== undefined);
    this.serviceAccountName = names.serviceAccountName;
    this.serviceName = names.serviceName;
    this.webhookServiceName = names.webhookServiceName;
    this.selectorLabels = names.selectorLabels;
    this.ports = names.ports;
    this.configurationHash = pulumi.output(manifests.configurationHash);
    this.registerOutputs({
      namespace: this.namespace,
      workloadName: this.workloadName,
      webhookUrl: this.webhookUrl,
      configurationHash: this.configurationHash,
      ...names,
    });
  }

  /** The namespace to create everything in: the declared one, and when it is created here, after it is. */
  private createNamespace(name: string, args: ForwarderArgs, workload: Workload): pulumi.Input<string> {
    if (!args.createNamespace) return args.namespace;
    return new core.Namespace(name, restrictedNamespace(workload), childOf(this)).metadata.name;
  }

  /** What the Collector is made from; undefined when no destination needs one. */
  private collectorParts(
    name: string,
    { destinations }: ForwarderArgs,
    configuration: pulumi.Output<ConfigurationInput>,
  ): CollectorParts | undefined {
    if (!destinations.some(({ collector }) => collector)) return undefined;
    const credentials = collectorCredentials(destinations);
    const values = collectorValues(credentials);
    const withoutSecrets = pulumi.output(secretExporters(destinations)).apply((problems) => {
      DeclarationError.throwIfAny(`Forwarder ${name}`, problems);
      return true;
    });
    return {
      text: pulumi
        .all([configuration, withoutSecrets])
        .apply(([known]) => collectorConfiguration(known) ?? ""),
      credentials,
      values,
      valuesVersion: values && this.createVersion(`${name}-collector`, values),
    };
  }

  /** Another text whenever one of the values is another; it tells nothing of them, as a hash would. */
  private createVersion(name: string, keepers: pulumi.Output<{ [name: string]: string }>) {
    return pulumi.unsecret(new RandomId(name, { byteLength: 5, keepers }, { parent: this }).hex);
  }

  private createAccess(name: string, manifests: Manifests): pulumi.Resource[] {
    const { serviceAccount, role, roleBinding, podLogs } = manifests;
    const account = new core.ServiceAccount(name, serviceAccount, childOf(this));
    // Whether it has to be created tells whether all others have to (refuseTaken).
    shared.set(this, { ...shared.get(this), dependsOn: account });
    return [
      account,
      ...this.createRole(`${name}-checkpoint`, { role, roleBinding }),
      ...(podLogs ? this.createRole(`${name}-logs`, podLogs) : []),
    ];
  }

  /** A binding after its role: of one that is not there yet the cluster takes it only from who may bind any role. */
  private createRole(
    name: string,
    { role, roleBinding }: Pick<Manifests, "role" | "roleBinding"> | NonNullable<Manifests["podLogs"]>,
  ): pulumi.Resource[] {
    const created = new rbac.Role(name, role, childOf(this));
    return [created, new rbac.RoleBinding(name, roleBinding, { ...childOf(this), dependsOn: created })];
  }

  private createConfiguration(name: string, manifests: Manifests): pulumi.Resource[] {
    const child = childOf(this);
    const { checkpoint, configuration, credentials, collectorCredentials, bundle } = manifests;
    return [
      // The forwarder writes the checkpoint's data; an update must not take it back.
      new core.ConfigMap(`${name}-checkpoint`, checkpoint, { ...child, ignoreChanges: ["data"] }),
      new core.ConfigMap(`${name}-configuration`, configuration, child),
      ...(credentials ? [new core.Secret(`${name}-credentials`, credentials, child)] : []),
      ...(collectorCredentials ? [new core.Secret(`${name}-collector`, collectorCredentials, child)] : []),
      // The hash in the logical name makes another bundle a create and a delete: a difference between two such
      // texts would take the engine minutes to show.
      ...(bundle ? [new core.ConfigMap(`${name}-bundle-${bundle.hash}`, bundle.manifest, child)] : []),
    ];
  }

  private createNetwork(name: string, manifests: Manifests): pulumi.Resource[] {
    const child = childOf(this);
    const { service, networkPolicy, podDisruptionBudget } = manifests;
    return [
      new core.Service(name, service, child),
      ...(podDisruptionBudget ? [new policy.PodDisruptionBudget(name, podDisruptionBudget, child)] : []),
      ...(networkPolicy ? [new networking.NetworkPolicy(name, networkPolicy, child)] : []),
    ];
  }

  private createClaims(
    name: string,
    { claim, furtherClaims }: Manifests,
    args: ForwarderArgs,
  ): pulumi.Resource[] {
    if (!claim) return [];
    const options = { ...childOf(this), retainOnDelete: args.storage?.retain ?? defaults.retainStorage };
    const first = new core.PersistentVolumeClaim(`${name}-journal`, claim, options);
    // Scaling in is a deletion here, and what such a claim holds must outlive it; a patch takes it again, or makes it.
    const further = furtherClaims(first.metadata.uid).map(
      (manifest, index) =>
        new core.PersistentVolumeClaimPatch(`${name}-journal-${index + 1}`, manifest, {
          parent: this,
          retainOnDelete: true,
        }),
    );
    return [first, ...further];
  }

  /** What stands before the webhooks, after the pods: what waits for ready pods must not hold them up. */
  private createWebhookFront(
    name: string,
    { webhooks }: Manifests,
    statefulSet: pulumi.Resource,
  ): pulumi.CustomResource[] {
    if (!webhooks) return [];
    const service = new core.Service(`${name}-webhooks`, webhooks.service, {
      ...childOf(this),
      dependsOn: statefulSet,
    });
    const behind = { ...childOf(this), dependsOn: service };
    return [
      service,
      ...(webhooks.ingress ? [new networking.Ingress(`${name}-webhooks`, webhooks.ingress, behind)] : []),
      ...(webhooks.route ? [new CustomResource(`${name}-webhooks`, webhooks.route, behind)] : []),
    ];
  }

  /** The URL depends on what has to be there before a call to it is answered. */
  private webhookUrlBehind(
    resources: pulumi.CustomResource[],
    workload: Workload,
    { logins }: ForwarderArgs,
  ): pulumi.Output<string | undefined> {
    const webhook = logins?.webhook;
    if (!webhook) return pulumi.output(undefined);
    return pulumi
      .all([webhookUrl(workload, webhook), ...resources.map(({ urn }) => urn)])
      .apply(([url]) => url);
  }

  private createMonitoring(name: string, { serviceMonitor, prometheusRule }: Manifests): void {
    const child = childOf(this);
    if (serviceMonitor) new CustomResource(`${name}-metrics`, serviceMonitor, child);
    if (prometheusRule) new CustomResource(`${name}-alerts`, prometheusRule, child);
  }

  private createStatefulSet(name: string, { statefulSet }: Manifests, dependsOn: pulumi.Resource[]) {
    return new apps.StatefulSet(name, statefulSet, {
      ...childOf(this),
      dependsOn,
      // The cluster takes no change of it; a claim that grows grows by itself. That there is one may change.
      ignoreChanges: ["spec.volumeClaimTemplates[0]"],
    });
  }
}

/** What the objects of each forwarder have in common. */
const shared = new WeakMap<Forwarder, pulumi.CustomResourceOptions>();

/** Options of an object of the forwarder, which must not be there before. */
const childOf = (forwarder: Forwarder) => ({ parent: forwarder, ...shared.get(forwarder) });

type Manifests = ReturnType<typeof manifestsOf>;

function manifestsOf(
  args: ForwarderArgs,
  workload: Workload,
  configuration: pulumi.Output<ConfigurationInput>,
  collector: CollectorParts | undefined,
) {
  const { machineKeys } = args.reader;
  const credentials = forwarderCredentials(args);
  const byValue =
    machineKeys !== undefined || credentials.some(({ credential }) => credential.value !== undefined);
  const configurationText = configuration.apply((known) => `${JSON.stringify(known, undefined, 2)}\n`);
  const configurationHash = pulumi
    .all([configurationText, collector?.text ?? ""])
    .apply((texts) => createHash("sha256").update(texts.join("")).digest("hex"));
  const manifests = forwarderManifests(args, {
    workload,
    configurationText,
    configurationHash,
    connectedPorts: configuration.apply(connectedPorts),
    credentials,
    credentialValues: byValue ? credentialValues(credentials, machineKeys ?? []) : undefined,
    collector,
    bundle: args.image === undefined ? readBundle() : undefined,
  });
  return { ...manifests, configurationHash };
}
