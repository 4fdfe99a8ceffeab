import { createHash } from "node:crypto";
import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import * as apps from "@pulumi/kubernetes/apps/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as networking from "@pulumi/kubernetes/networking/v1";
import * as rbac from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";
import type { DeliveryArgs } from "./arguments/delivery";
import type { ForwarderLogins } from "./arguments/logins";
import type { ForwarderReader } from "./arguments/reader";
import { readBundle } from "./bundle";
import { checkedConfiguration } from "./checkedConfiguration";
import type { ConfigurationInput } from "./configuration";
import { credentialValues, forwarderCredentials, machineKeyFiles } from "./credentialFiles";
import { connectedPorts } from "./forwarderConfiguration";
import { forwarderManifests } from "./forwarderManifests";
import { restrictedNamespace } from "./kubernetes/namespace";
import { secretDelivery, secretLogins, secretReader } from "./secretInputs";

/** What a forwarder is made of. */
export interface ForwarderArgs extends DeliveryArgs {
  /** How the forwarder signs in at ZITADEL. */
  reader: ForwarderReader;
  /** Login records that Actions report. The default is none. */
  logins?: ForwarderLogins;
}

/** The Kubernetes workload that reads ZITADEL's events and delivers them, with all that belongs to it. */
export class Forwarder extends pulumi.ComponentResource {
  /** Namespace of the forwarder. */
  readonly namespace: pulumi.Output<string>;
  /** Name of the StatefulSet. */
  readonly workloadName: pulumi.Output<string>;

  constructor(name: string, args: ForwarderArgs, opts?: pulumi.ComponentResourceOptions) {
    const workloadName = args.workloadName ?? name;
    const configuration = checkedConfiguration(
      `Forwarder ${name}`,
      { ...args, machineKeyFiles: machineKeyFiles(args.reader?.machineKeys ?? []) },
      workloadName,
    );
    const declared = {
      ...secretDelivery(args),
      reader: secretReader(args.reader),
      ...(args.logins && { logins: secretLogins(args.logins) }),
    };
    super("zitadel-siem:index:Forwarder", name, declared, opts);
    const namespace = this.createNamespace(name, declared);
    const manifests = manifestsOf(declared, { name: workloadName, namespace }, configuration);
    const prerequisites = [
      ...this.createAccess(name, manifests),
      ...this.createConfiguration(name, manifests),
      ...this.createNetwork(name, manifests),
      ...this.createClaim(name, manifests, declared),
    ];
    this.createMonitoring(name, manifests);
    const statefulSet = this.createStatefulSet(name, manifests, prerequisites);
    this.namespace = statefulSet.metadata.namespace;
    this.workloadName = statefulSet.metadata.name;
    this.registerOutputs({ namespace: this.namespace, workloadName: this.workloadName });
  }

  /** The namespace to create everything in: the declared one, and when it is created here, after it is. */
  private createNamespace(name: string, args: ForwarderArgs): pulumi.Input<string> {
    if (!args.createNamespace) return args.namespace;
    return new core.Namespace(name, restrictedNamespace(args.namespace), { parent: this }).metadata.name;
  }

  private createAccess(name: string, { serviceAccount, role, roleBinding }: Manifests): pulumi.Resource[] {
    const child = { parent: this };
    return [
      new core.ServiceAccount(name, serviceAccount, child),
      new rbac.Role(`${name}-checkpoint`, role, child),
      new rbac.RoleBinding(`${name}-checkpoint`, roleBinding, child),
    ];
  }

  private createConfiguration(name: string, manifests: Manifests): pulumi.Resource[] {
    const child = { parent: this };
    const { checkpoint, configuration, credentials, bundle } = manifests;
    return [
      // The forwarder writes the checkpoint's data; an update must not take it back.
      new core.ConfigMap(`${name}-checkpoint`, checkpoint, { ...child, ignoreChanges: ["data"] }),
      new core.ConfigMap(`${name}-configuration`, configuration, child),
      ...(credentials ? [new core.Secret(`${name}-credentials`, credentials, child)] : []),
      // The hash in the logical name makes another bundle a create and a delete: a difference between two such
      // texts would take the engine minutes to show.
      ...(bundle ? [new core.ConfigMap(`${name}-bundle-${bundle.hash}`, bundle.manifest, child)] : []),
    ];
  }

  private createNetwork(name: string, { service, networkPolicy }: Manifests): pulumi.Resource[] {
    const child = { parent: this };
    return [
      new core.Service(name, service, child),
      ...(networkPolicy ? [new networking.NetworkPolicy(name, networkPolicy, child)] : []),
    ];
  }

  private createClaim(name: string, { claim }: Manifests, args: ForwarderArgs): pulumi.Resource[] {
    if (!claim) return [];
    const options = { parent: this, retainOnDelete: args.storage?.retain ?? false };
    return [new core.PersistentVolumeClaim(`${name}-journal`, claim, options)];
  }

  private createMonitoring(name: string, { serviceMonitor, prometheusRule }: Manifests): void {
    const child = { parent: this };
    if (serviceMonitor) new CustomResource(`${name}-metrics`, serviceMonitor, child);
    if (prometheusRule) new CustomResource(`${name}-alerts`, prometheusRule, child);
  }

  private createStatefulSet(name: string, { statefulSet }: Manifests, dependsOn: pulumi.Resource[]) {
    return new apps.StatefulSet(name, statefulSet, { parent: this, dependsOn });
  }
}

type Manifests = ReturnType<typeof forwarderManifests>;

function manifestsOf(
  args: ForwarderArgs,
  workload: { name: string; namespace: pulumi.Input<string> },
  configuration: pulumi.Output<ConfigurationInput>,
): Manifests {
  const { machineKeys } = args.reader;
  const credentials = forwarderCredentials(args);
  const byValue =
    machineKeys !== undefined || credentials.some(({ credential }) => credential.value !== undefined);
  const configurationText = configuration.apply((known) => `${JSON.stringify(known, undefined, 2)}\n`);
  return forwarderManifests(args, {
    workload,
    configurationText,
    configurationHash: configurationText.apply((text) => createHash("sha256").update(text).digest("hex")),
    connectedPorts: configuration.apply(connectedPorts),
    credentials,
    credentialValues: byValue ? credentialValues(credentials, machineKeys ?? []) : undefined,
    bundle: args.image === undefined ? readBundle() : undefined,
  });
}
