import * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../contract";
import type { AuditLogStreamArgs, Reader, StreamLogins } from "./arguments";
import { secretDelivery, secretReader } from "./declaration/credentials/secretInputs";
import { DeclarationError } from "./declaration/declarationError";
import { deliveryProblems } from "./declaration/deliveryProblems";
import { organizationName } from "./declaration/organizationName";
import { readerProblems } from "./declaration/readerProblems";
import { forwarderLogins, streamLoginsProblems } from "./declaration/streamLogins";
import { structureProblems } from "./declaration/structure";
import { EventsReader } from "./eventsReader";
import { Forwarder } from "./forwarder";
import type { ForwarderPorts } from "./forwarderOutputs";
import { LoginActions, type LoginBinding } from "./loginActions";
import { LoginSecrets } from "./loginSecrets";

/**
 * ZITADEL's audit trail, delivered: a service account that may read the Events API, the forwarder in Kubernetes
 * that carries every event to every destination, and on demand the Actions that report logins to it.
 */
export class AuditLogStream extends pulumi.ComponentResource {
  /** Id of the service account that reads events; absent when it existed before. */
  readonly readerUserId: pulumi.Output<string | undefined>;
  /** Namespace of the forwarder. */
  readonly namespace: pulumi.Output<string>;
  /** Name of the forwarder's StatefulSet. */
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
  /** Every Action that reports logins, and where it is bound or, with `bind: false`, is to be bound. */
  readonly loginBindings: pulumi.Output<LoginBinding[]>;

  constructor(name: string, args: AuditLogStreamArgs, opts?: pulumi.ComponentResourceOptions) {
    DeclarationError.throwIfAny(`AuditLogStream ${name}`, problemsOf(args, args.workloadName ?? name));
    const declared = { ...secretDelivery(args), reader: secretReader(args.reader) };
    super("zitadel-siem:index:AuditLogStream", name, declared, opts);
    const reader = this.createReader(name, declared);
    const logins = this.createLoginSecrets(name, declared);
    const forwarder = this.createForwarder(name, declared, reader, logins);
    this.loginBindings = this.createLoginActions(name, declared, logins, forwarder);
    this.readerUserId = reader.userId;
    this.namespace = forwarder.namespace;
    this.workloadName = forwarder.workloadName;
    this.webhookUrl = forwarder.webhookUrl;
    this.serviceAccountName = forwarder.serviceAccountName;
    this.serviceName = forwarder.serviceName;
    this.webhookServiceName = forwarder.webhookServiceName;
    this.selectorLabels = forwarder.selectorLabels;
    this.ports = forwarder.ports;
    this.configurationHash = forwarder.configurationHash;
    this.registerOutputs({
      readerUserId: this.readerUserId,
      namespace: this.namespace,
      workloadName: this.workloadName,
      webhookUrl: this.webhookUrl,
      serviceAccountName: this.serviceAccountName,
      serviceName: this.serviceName,
      webhookServiceName: this.webhookServiceName,
      selectorLabels: this.selectorLabels,
      ports: this.ports,
      configurationHash: this.configurationHash,
      loginBindings: this.loginBindings,
    });
  }

  private createReader(name: string, { organizationId, reader }: AuditLogStreamArgs): EventsReader {
    return new EventsReader(name, { ...reader, organizationId }, { parent: this });
  }

  private createLoginSecrets(name: string, { logins }: AuditLogStreamArgs): LoginSecrets | undefined {
    if (!logins) return undefined;
    const { organizations, secrets: generations } = logins;
    return new LoginSecrets(name, { organizations, generations }, { parent: this });
  }

  private createForwarder(
    name: string,
    args: AuditLogStreamArgs,
    reader: EventsReader,
    secrets: LoginSecrets | undefined,
  ): Forwarder {
    const { organizationId: _, reader: declared, logins, ...delivery } = args;
    const signIn = declared.keys
      ? { userId: reader.userId as pulumi.Output<string>, machineKeys: reader.machineKeys }
      : existingSignIn(declared);
    const accepted =
      logins && secrets && forwarderLogins(logins, (organization) => valuesOf(secrets, organization, logins));
    return new Forwarder(name, { ...delivery, reader: signIn, logins: accepted }, { parent: this });
  }

  /** After the forwarder: it knows a new secret before a script signs with it, and outlives the scripts. */
  private createLoginActions(
    name: string,
    { logins }: AuditLogStreamArgs,
    secrets: LoginSecrets | undefined,
    forwarder: Forwarder,
  ): pulumi.Output<LoginBinding[]> {
    if (!logins || !secrets) return pulumi.output([]);
    const { organizations, secrets: _, webhook, stdout, ...reports } = logins;
    const signing = organizations.map((organization) => ({
      ...organization,
      secret: valuesOf(secrets, organizationName(organization), logins).at(-1)!,
    }));
    const url = forwarder.webhookUrl as pulumi.Output<string>;
    return new LoginActions(
      name,
      { ...reports, organizations: signing, webhook: webhook && { url }, log: stdout !== undefined },
      { parent: this, dependsOn: forwarder },
    ).bindings;
  }
}

/** An organization's secrets, each known as soon as it is by itself. */
function valuesOf(
  { values }: LoginSecrets,
  organization: string,
  { secrets }: StreamLogins,
): pulumi.Output<string>[] {
  const own = values[organization]!;
  return secrets.map((_, index) => own[index]!);
}

function problemsOf(args: AuditLogStreamArgs, workloadName: string): Problem[] {
  const structure = structureProblems("AuditLogStream", args);
  if (structure.length > 0) return structure;
  const { organizationId, reader, logins, ...delivery } = args;
  const signIn = reader.keys ? { userId: "unknown", machineKeys: ["unknown"] } : existingSignIn(reader);
  const loginProblems = logins ? streamLoginsProblems(logins) : [];
  const accepted =
    logins && loginProblems.length === 0
      ? forwarderLogins(logins, () => logins.secrets.map(() => "unknown"))
      : undefined;
  return [
    ...readerProblems({ ...reader, organizationId }, "reader."),
    ...loginProblems,
    ...deliveryProblems(
      { ...delivery, logins: accepted, reader: signIn, machineKeyFiles: ["unknown"] },
      workloadName,
    ),
  ];
}

/** How the forwarder signs in with an account that exists. */
const existingSignIn = ({ existingKey, personalAccessToken }: Reader) => ({
  existingKey,
  personalAccessToken,
});
