import type { Credential, Directory, History, User } from "./directory";
import type { StoredEvent } from "./eventTable";

/** An event's payload; which fields it has depends on the event's type. */
export interface Payload {
  [field: string]: unknown;
}

export type Reducer = (directory: Directory, event: StoredEvent, payload: Payload) => void;

function born(event: StoredEvent): History {
  const { sequence, createdAt, resourceOwner } = event;
  return { sequence, createdAt, changedAt: createdAt, resourceOwner };
}

function changed<Thing extends History>(
  thing: Thing | undefined,
  event: StoredEvent,
  fields: Partial<Thing>,
): void {
  if (thing) Object.assign(thing, fields, { sequence: event.sequence, changedAt: event.createdAt });
}

function changeInstance(directory: Directory, event: StoredEvent): void {
  changed(directory.instance, event, {});
}

function addUser(
  directory: Directory,
  event: StoredEvent,
  user: Omit<User, keyof History | "id" | "active">,
): void {
  directory.users.set(event.aggregateId, { ...born(event), id: event.aggregateId, active: true, ...user });
}

function changeUser(fields: (payload: Payload) => Partial<User>): Reducer {
  return (directory, event, payload) =>
    changed(directory.users.get(event.aggregateId), event, defined(fields(payload)));
}

function defined<Fields extends object>(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;
}

function removeUser(directory: Directory, event: StoredEvent): void {
  const userId = event.aggregateId;
  directory.users.delete(userId);
  directory.instanceMembers.delete(userId);
  directory.otherMembers.delete(userId);
  for (const credentials of [directory.keys, directory.personalAccessTokens]) {
    for (const [id, one] of credentials) if (one.userId === userId) credentials.delete(id);
  }
}

function addCredential(event: StoredEvent, payload: Payload, idField: string): Credential {
  return {
    ...born(event),
    id: payload[idField] as string,
    userId: event.aggregateId,
    expiration: (payload.expirationDate as string) ?? payload.expiration,
    scopes: (payload.scopes as string[] | null) ?? [],
    publicKey: payload.publicKey && Buffer.from(payload.publicKey as string, "base64").toString(),
  } as Credential;
}

function removeAction(directory: Directory, event: StoredEvent): void {
  directory.actions.delete(event.aggregateId);
  for (const bindings of directory.bindings.values()) {
    for (const one of bindings) one.actionIds = one.actionIds.filter((id) => id !== event.aggregateId);
  }
}

function setBinding(directory: Directory, event: StoredEvent, payload: Payload): void {
  const { flowType: flow, triggerType: trigger } = payload as { flowType: number; triggerType: number };
  const others = (directory.bindings.get(event.aggregateId) ?? []).filter(
    (one) => one.flow !== flow || one.trigger !== trigger,
  );
  const actionIds = (payload.actionIDs as string[] | null) ?? [];
  const binding = { flow, trigger, actionIds, sequence: event.sequence, changedAt: event.createdAt };
  directory.bindings.set(event.aggregateId, actionIds.length > 0 ? [...others, binding] : others);
}

function otherMember(directory: Directory, userId: string, roles: string[]): void {
  directory.otherMembers.set(userId, new Set(roles));
}

/** What each event type means for the directory. */
export const REDUCERS: Record<string, Reducer> = {
  "instance.added": (directory, event) => {
    directory.instance = born(event);
  },
  "instance.default.org.set": changeInstance,
  "instance.default.language.set": changeInstance,
  "instance.iam.console.set": changeInstance,
  "instance.iam.project.set": (directory, event, payload) => {
    changeInstance(directory, event);
    directory.projectId = payload.iamProjectId as string;
  },
  "instance.domain.added": (directory, event, payload) => {
    directory.domains.set(payload.domain as string, {
      history: born(event),
      generated: payload.generated === true,
    });
  },
  "instance.domain.primary.set": (directory, event, payload) => {
    for (const { history } of directory.domains.values()) changed(history, event, {});
    directory.primaryDomain = payload.domain as string;
  },
  "permission.added": (directory, _event, payload) => {
    const role = payload.role as string;
    const known = directory.permissions.get(role) ?? new Set();
    directory.permissions.set(role, known.add(payload.permission as string));
  },
  "org.added": (directory, event, payload) => {
    directory.organizations.set(event.aggregateId, { id: event.aggregateId, name: payload.name as string });
  },
  "org.changed": (directory, event, payload) => {
    directory.organizations.set(event.aggregateId, { id: event.aggregateId, name: payload.name as string });
  },
  "org.removed": (directory, event) => directory.organizations.delete(event.aggregateId),
  "user.machine.added": (directory, event, payload) =>
    addUser(directory, event, {
      machine: true,
      userName: payload.userName as string,
      name: payload.name as string,
      description: payload.description as string | undefined,
      accessTokenType: (payload.accessTokenType as number | undefined) ?? 0,
    }),
  "user.human.added": (directory, event, payload) =>
    addUser(directory, event, {
      machine: false,
      userName: payload.userName as string,
      name: payload.displayName as string,
      accessTokenType: 0,
    }),
  "user.machine.changed": changeUser((payload) => ({
    name: payload.name as string,
    description: payload.description as string,
    accessTokenType: payload.accessTokenType as number,
  })),
  "user.human.profile.changed": changeUser((payload) => ({ name: payload.displayName as string })),
  "user.username.changed": changeUser((payload) => ({ userName: payload.userName as string })),
  "user.locked": changeUser(() => ({ active: false })),
  "user.unlocked": changeUser(() => ({ active: true })),
  "user.deactivated": changeUser(() => ({ active: false })),
  "user.reactivated": changeUser(() => ({ active: true })),
  "user.removed": removeUser,
  "user.machine.key.added": (directory, event, payload) => {
    directory.keys.set(payload.keyId as string, addCredential(event, payload, "keyId"));
  },
  "user.machine.key.removed": (directory, _event, payload) => directory.keys.delete(payload.keyId as string),
  "user.pat.added": (directory, event, payload) => {
    directory.personalAccessTokens.set(payload.tokenId as string, addCredential(event, payload, "tokenId"));
  },
  "user.pat.removed": (directory, _event, payload) =>
    directory.personalAccessTokens.delete(payload.tokenId as string),
  "instance.member.added": (directory, event, payload) => {
    const { userId, roles } = payload as { userId: string; roles: string[] };
    directory.instanceMembers.set(userId, { ...born(event), userId, roles });
  },
  "instance.member.changed": (directory, event, payload) =>
    changed(directory.instanceMembers.get(payload.userId as string), event, {
      roles: payload.roles as string[],
    }),
  "instance.member.removed": (directory, _event, payload) =>
    directory.instanceMembers.delete(payload.userId as string),
  "org.member.added": (directory, _event, payload) =>
    otherMember(directory, payload.userId as string, payload.roles as string[]),
  "org.member.changed": (directory, _event, payload) =>
    otherMember(directory, payload.userId as string, payload.roles as string[]),
  "org.member.removed": (directory, _event, payload) =>
    directory.otherMembers.delete(payload.userId as string),
  "action.added": (directory, event, payload) => {
    directory.actions.set(event.aggregateId, {
      ...born(event),
      id: event.aggregateId,
      name: payload.name as string,
      script: (payload.script as string | undefined) ?? "",
      timeout: (payload.timeout as number | undefined) ?? 0,
      allowedToFail: payload.allowedToFail === true,
      active: true,
    });
  },
  "action.changed": (directory, event, payload) =>
    changed(directory.actions.get(event.aggregateId), event, defined(payload)),
  "action.deactivated": (directory, event) =>
    changed(directory.actions.get(event.aggregateId), event, { active: false }),
  "action.reactivated": (directory, event) =>
    changed(directory.actions.get(event.aggregateId), event, { active: true }),
  "action.removed": removeAction,
  "org.flow.trigger_actions.set": setBinding,
};
