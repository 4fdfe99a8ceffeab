import type { Credential, User } from "./directory";
import { alreadyExists, failedPrecondition, notFound } from "./errors";
import type { NewEvent, StoredEvent } from "./eventTable";
import type { Caller, Instance } from "./instance";
import { type MachineKey, NO_EXPIRY, newKeyPair } from "./setup";
import { formatGoTime } from "./timestamp";
import { mintPersonalAccessToken } from "./tokens";

export interface MachineUserFields {
  userName: string;
  name: string;
  description?: string;
  /** 0: bearer, 1: JWT. */
  accessTokenType?: number;
}

export interface HumanUserFields {
  userName: string;
  firstName: string;
  lastName: string;
  email: string;
}

const PERSONAL_ACCESS_TOKEN_SCOPES = [
  "openid",
  "profile",
  "urn:zitadel:iam:user:metadata",
  "urn:zitadel:iam:user:resourceowner",
];

/** Users and their credentials: each command checks as ZITADEL does and writes the events that it writes. */
export class Users {
  constructor(private readonly instance: Instance) {}

  get(userId: string): User {
    const user = this.instance.directory.users.get(userId);
    if (!user) throw notFound("QUERY-Dfbg2", "User could not be found");
    return user;
  }

  async addMachine(caller: Caller, fields: MachineUserFields): Promise<StoredEvent> {
    this.refuseTaken(caller, fields.userName);
    const id = this.instance.identifiers.next();
    const { description, accessTokenType } = fields;
    const payload = {
      ...(accessTokenType && { accessTokenType }),
      ...(description && { description }),
      name: fields.name,
      userName: fields.userName,
    };
    return this.write(caller, {
      ...user(id, caller.organizationId),
      eventType: "user.machine.added",
      payload,
    });
  }

  async addHuman(caller: Caller, fields: HumanUserFields): Promise<StoredEvent> {
    this.refuseTaken(caller, fields.userName);
    const at = user(this.instance.identifiers.next(), caller.organizationId);
    const { userName, firstName, lastName, email } = fields;
    const displayName = `${firstName} ${lastName}`;
    const payload = { displayName, email, firstName, lastName, preferredLanguage: "und", userName };
    const [added] = await this.instance.push(
      caller,
      { ...at, eventType: "user.human.added", payload },
      { ...at, eventType: "user.human.email.verified" },
    );
    return added!;
  }

  async changeMachine(
    caller: Caller,
    userId: string,
    fields: Omit<MachineUserFields, "userName">,
  ): Promise<StoredEvent> {
    const before = this.get(userId);
    const { name, description = "", accessTokenType = 0 } = fields;
    const payload = {
      ...(accessTokenType !== before.accessTokenType && { accessTokenType }),
      ...(description !== (before.description ?? "") && { description }),
      ...(name !== before.name && { name }),
    };
    if (Object.keys(payload).length === 0) throw failedPrecondition("COMMAND-2n8vs", "No changes");
    return this.write(caller, { ...owned(before), eventType: "user.machine.changed", payload });
  }

  async changeUserName(caller: Caller, userId: string, userName: string): Promise<StoredEvent> {
    const before = this.get(userId);
    if (before.userName === userName) throw failedPrecondition("COMMAND-6m9gs", "Username not changed");
    this.refuseTaken({ ...caller, organizationId: before.resourceOwner }, userName);
    return this.write(caller, {
      ...owned(before),
      eventType: "user.username.changed",
      payload: { userName },
    });
  }

  /** Deactivates, reactivates, locks, unlocks or removes a user. */
  async end(
    caller: Caller,
    userId: string,
    how: "removed" | "deactivated" | "reactivated" | "locked" | "unlocked",
  ): Promise<StoredEvent> {
    const before = this.get(userId);
    const member = this.instance.directory.instanceMembers.has(userId) && how === "removed";
    const [event] = await this.instance.push(
      caller,
      { ...owned(before), eventType: `user.${how}` },
      ...(member ? [cascadeRemoved(this.instance.id, userId)] : []),
    );
    return event!;
  }

  /**
   * @param expiration microseconds since 1970
   * @param publicKey PEM of a key pair that the caller made; without it one is made here
   */
  async addKey(
    caller: Caller,
    userId: string,
    expiration = NO_EXPIRY,
    publicKey?: string,
  ): Promise<[StoredEvent, MachineKey]> {
    const owner = this.get(userId);
    const pair = publicKey ? { publicKey, privateKey: "" } : newKeyPair();
    const keyId = this.instance.identifiers.next();
    const payload = {
      expirationDate: formatGoTime(expiration),
      keyId,
      publicKey: Buffer.from(pair.publicKey).toString("base64"),
      type: 1,
    };
    const event = await this.write(caller, { ...owned(owner), eventType: "user.machine.key.added", payload });
    return [
      event,
      {
        type: "serviceaccount",
        keyId,
        key: pair.privateKey,
        expirationDate: formatGoTime(expiration),
        userId,
      },
    ];
  }

  key(userId: string, keyId: string): Credential {
    const key = this.instance.directory.keys.get(keyId);
    if (key?.userId !== userId) throw notFound("QUERY-Dgr3g", "Errors.AuthNKey.NotFound");
    return key;
  }

  async removeKey(caller: Caller, userId: string, keyId: string): Promise<StoredEvent> {
    const key = this.instance.directory.keys.get(keyId);
    if (key?.userId !== userId) throw notFound("COMMAND-4m77G", "Errors.User.Machine.Key.NotFound");
    return this.write(caller, {
      ...owned(this.get(userId)),
      eventType: "user.machine.key.removed",
      payload: { keyId },
    });
  }

  /** @param expiration microseconds since 1970 */
  async addPersonalAccessToken(
    caller: Caller,
    userId: string,
    expiration = NO_EXPIRY,
  ): Promise<[StoredEvent, { tokenId: string; token: string }]> {
    const owner = this.get(userId);
    const tokenId = this.instance.identifiers.next();
    const payload = { expiration: formatGoTime(expiration), scopes: PERSONAL_ACCESS_TOKEN_SCOPES, tokenId };
    const event = await this.write(caller, { ...owned(owner), eventType: "user.pat.added", payload });
    return [event, { tokenId, token: mintPersonalAccessToken(this.instance, tokenId, userId) }];
  }

  personalAccessToken(userId: string, tokenId: string): Credential {
    const token = this.instance.directory.personalAccessTokens.get(tokenId);
    if (token?.userId !== userId) throw notFound("QUERY-fk2fs", "Errors.PersonalAccessToken.NotFound");
    return token;
  }

  async removePersonalAccessToken(caller: Caller, userId: string, tokenId: string): Promise<StoredEvent> {
    this.personalAccessToken(userId, tokenId);
    return this.write(caller, {
      ...owned(this.get(userId)),
      eventType: "user.pat.removed",
      payload: { tokenId },
    });
  }

  private async write(caller: Caller, event: Omit<NewEvent, "editorUser">): Promise<StoredEvent> {
    const [stored] = await this.instance.push(caller, event);
    return stored!;
  }

  private refuseTaken(caller: Caller, userName: string): void {
    for (const one of this.instance.directory.users.values()) {
      if (one.userName === userName && one.resourceOwner === caller.organizationId) {
        throw alreadyExists("V3-DKcYh", "User already exists");
      }
    }
  }
}

function user(aggregateId: string, resourceOwner: string) {
  return { aggregateType: "user", aggregateId, resourceOwner };
}

function owned(before: User) {
  return user(before.id, before.resourceOwner);
}

function cascadeRemoved(instanceId: string, userId: string) {
  return {
    aggregateType: "instance",
    aggregateId: instanceId,
    resourceOwner: instanceId,
    eventType: "instance.member.cascade.removed",
    payload: { userId },
  };
}
