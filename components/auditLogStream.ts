import * as pulumi from "@pulumi/pulumi";
import type { DeliveryArgs } from "./arguments/delivery";
import type { Reader } from "./arguments/reader";
import type { ConfigurationProblem } from "./configuration";
import { DeclarationError } from "./declarationError";
import { deliveryProblems } from "./declarationProblems";
import { EventsReader } from "./eventsReader";
import { Forwarder } from "./forwarder";
import { readerProblems } from "./readerProblems";
import { secretDelivery, secretReader } from "./secretInputs";

/** What an audit log stream is made of. */
export interface AuditLogStreamArgs extends DeliveryArgs {
  /** Id of the organization that owns the service account. It must be given with `reader.keys`. */
  organizationId?: pulumi.Input<string>;
  /** The service account that reads events: created with `keys`, or one that exists already. */
  reader: Reader;
}

/**
 * ZITADEL's audit trail, delivered: a service account that may read the Events API, and the forwarder in
 * Kubernetes that carries every event to every destination.
 */
export class AuditLogStream extends pulumi.ComponentResource {
  /** Id of the service account that reads events; absent when it existed before. */
  readonly readerUserId: pulumi.Output<string | undefined>;
  /** Namespace of the forwarder. */
  readonly namespace: pulumi.Output<string>;
  /** Name of the forwarder's StatefulSet. */
  readonly workloadName: pulumi.Output<string>;

  constructor(name: string, args: AuditLogStreamArgs, opts?: pulumi.ComponentResourceOptions) {
    DeclarationError.throwIfAny(`AuditLogStream ${name}`, problemsOf(args, args.workloadName ?? name));
    const declared = { ...secretDelivery(args), reader: secretReader(args.reader) };
    super("zitadel-siem:index:AuditLogStream", name, declared, opts);
    const reader = this.createReader(name, declared);
    const forwarder = this.createForwarder(name, declared, reader);
    this.readerUserId = reader.userId;
    this.namespace = forwarder.namespace;
    this.workloadName = forwarder.workloadName;
    this.registerOutputs({
      readerUserId: this.readerUserId,
      namespace: this.namespace,
      workloadName: this.workloadName,
    });
  }

  private createReader(name: string, { organizationId, reader }: AuditLogStreamArgs): EventsReader {
    return new EventsReader(name, { ...reader, organizationId }, { parent: this });
  }

  private createForwarder(name: string, args: AuditLogStreamArgs, reader: EventsReader): Forwarder {
    const { organizationId: _, reader: declared, ...delivery } = args;
    const { existingKey, personalAccessToken } = declared;
    const signIn = declared.keys
      ? { userId: reader.userId, machineKeys: reader.machineKeys }
      : { existingKey, personalAccessToken };
    return new Forwarder(name, { ...delivery, reader: signIn }, { parent: this });
  }
}

function problemsOf(args: AuditLogStreamArgs, workloadName: string): ConfigurationProblem[] {
  const { reader } = args;
  const signIn = reader?.keys ? { userId: "unknown", machineKeys: ["unknown"] } : reader;
  return [
    ...(reader ? readerProblems({ ...reader, organizationId: args.organizationId }, "reader.") : []),
    ...deliveryProblems({ ...args, reader: signIn, machineKeyFiles: ["unknown"] }, workloadName),
  ];
}
