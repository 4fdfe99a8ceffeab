import type { StoredEvent } from "./eventTable";
import { type Payload, REDUCERS } from "./reducers";

/** When and by which sequence a thing came to be and was last changed, as `details` in answers tell. */
export interface History {
  sequence: number;
  createdAt: number;
  changedAt: number;
  resourceOwner: string;
}

export interface User extends History {
  id: string;
  machine: boolean;
  active: boolean;
  userName: string;
  /** Machine: its name. Human: the display name. */
  name: string;
  description?: string;
  accessTokenType: number;
}

export interface Credential extends History {
  id: string;
  userId: string;
  /** Timestamp text as it was given. */
  expiration: string;
  /** PEM; of machine keys alone. */
  publicKey?: string;
  scopes: string[];
}

export interface Member extends History {
  userId: string;
  roles: string[];
}

export interface Action extends History {
  id: string;
  name: string;
  script: string;
  /** Nanoseconds. */
  timeout: number;
  allowedToFail: boolean;
  active: boolean;
}

export interface Binding {
  flow: number;
  trigger: number;
  actionIds: string[];
  sequence: number;
  changedAt: number;
}

/**
 * What the events so far amount to: users, their credentials, members, actions and bindings. Made of the events
 * alone, so that it is right after a restart and after the database was restored.
 */
export class Directory {
  readonly organizations = new Map<string, { id: string; name: string }>();
  readonly users = new Map<string, User>();
  readonly keys = new Map<string, Credential>();
  readonly personalAccessTokens = new Map<string, Credential>();
  readonly instanceMembers = new Map<string, Member>();
  /** Roles that a user has in organizations and projects: memberships that reach no instance-wide call. */
  readonly otherMembers = new Map<string, Set<string>>();
  readonly permissions = new Map<string, Set<string>>();
  readonly actions = new Map<string, Action>();
  /** By organization. */
  readonly bindings = new Map<string, Binding[]>();
  readonly domains = new Map<string, { history: History; generated: boolean }>();
  instance: History | undefined;
  primaryDomain = "";
  projectId = "";

  /** The event types that matter here. */
  static get eventTypes(): string[] {
    return Object.keys(REDUCERS);
  }

  apply(event: StoredEvent): void {
    REDUCERS[event.eventType]?.(this, event, (event.payload ?? {}) as Payload);
  }

  displayName(userId: string): string | undefined {
    return this.users.get(userId)?.name;
  }

  /** Roles of a user, wherever; undefined if it is no member of anything. */
  rolesOf(userId: string): string[] | undefined {
    const instance = this.instanceMembers.get(userId)?.roles;
    const other = this.otherMembers.get(userId);
    return instance || other?.size ? [...(instance ?? []), ...(other ?? [])] : undefined;
  }
}
