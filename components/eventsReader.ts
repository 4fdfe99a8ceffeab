import * as pulumi from "@pulumi/pulumi";
import * as zitadel from "@pulumiverse/zitadel";
import type { EventsReaderArgs, ReaderKey } from "./arguments";
import { secretReader } from "./declaration/credentials/secretInputs";
import { DeclarationError } from "./declaration/declarationError";
import { checkedText } from "./declaration/lateText";
import { expiredKeys, expiryProblems, readerProblems } from "./declaration/readerProblems";
import { structureProblems } from "./declaration/structure";
import { utcSeconds } from "./keyExpiry";

/**
 * The service account that reads ZITADEL's events: a machine user with the one instance role that may read
 * events and change nothing, IAM_OWNER_VIEWER, and its keys. With an existing key or token it creates nothing.
 */
export class EventsReader extends pulumi.ComponentResource {
  /** Id of the service account, once its role is granted; absent when the account existed before. */
  readonly userId: pulumi.Output<string | undefined>;
  /** Machine keys (JSON, secret) in the order of `keys`, the newest last. */
  readonly machineKeys: pulumi.Output<string[]>;

  constructor(name: string, args: EventsReaderArgs, opts?: pulumi.ComponentResourceOptions) {
    DeclarationError.throwIfAny(`EventsReader ${name}`, [
      ...readerProblems(args, ""),
      ...structureProblems("EventsReader", args),
    ]);
    for (const index of expiredKeys(args))
      void pulumi.log.warn(
        `EventsReader ${name}: keys[${index}].expires has passed, and ZITADEL no longer accepts this key: take it out`,
      );
    super("zitadel-siem:index:EventsReader", name, secretReader(args), opts);
    if (args.keys) {
      const orgId = checkedText(`EventsReader ${name}`, "organizationId", args.organizationId);
      const user = this.machineUser(name, orgId, args);
      const keys = args.keys.map((key) => this.machineKey(name, orgId, user, key));
      this.userId = this.viewerRole(name, user).userId;
      this.machineKeys = pulumi.secret(pulumi.all(keys.map((key) => key.keyDetails)));
    } else {
      this.userId = pulumi.output(undefined);
      this.machineKeys = pulumi.output([]);
    }
    this.registerOutputs({ userId: this.userId, machineKeys: this.machineKeys });
  }

  private machineUser(
    name: string,
    orgId: pulumi.Output<string | undefined>,
    args: EventsReaderArgs,
  ): zitadel.MachineUser {
    return new zitadel.MachineUser(
      name,
      {
        orgId: orgId as pulumi.Output<string>,
        userName: args.userName ?? name,
        name: "SIEM events reader",
        description: "Reads the audit trail for delivery to a SIEM; managed by Pulumi",
      },
      { parent: this },
    );
  }

  private viewerRole(name: string, user: zitadel.MachineUser): zitadel.InstanceMember {
    return new zitadel.InstanceMember(
      name,
      { userId: user.id, roles: ["IAM_OWNER_VIEWER"] },
      { parent: this },
    );
  }

  private machineKey(
    name: string,
    orgId: pulumi.Output<string | undefined>,
    user: zitadel.MachineUser,
    key: ReaderKey,
  ): zitadel.MachineKey {
    return new zitadel.MachineKey(
      `${name}-${key.name}`,
      {
        orgId: orgId as pulumi.Output<string>,
        userId: user.id,
        keyType: "KEY_TYPE_JSON",
        // ZITADEL's provider gives the expiry back in this form; in another every preview would show a change.
        expirationDate: pulumi.output(key.expires).apply((expires) => {
          DeclarationError.throwIfAny(
            `EventsReader ${name}`,
            expiryProblems(expires, `keys ${key.name}: expires`),
          );
          return utcSeconds(expires);
        }),
      },
      { parent: this },
    );
  }
}
