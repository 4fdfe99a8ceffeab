import type { severities } from "../../../contract";

/** What an event is about: decides its class in OCSF. */
export type Class = "authentication" | "account" | "access" | "entity" | "base";

/** Categories of ECS (https://www.elastic.co/docs/reference/ecs/ecs-allowed-values-event-category). */
export type Category = "authentication" | "session" | "iam" | "configuration";

/** What was done. */
export type Activity =
  /** A person or program got in, or was refused. */
  | "logon"
  | "logoff"
  /** A step before it: a request, a challenge, a factor. */
  | "check"
  /** A token was given, renewed, taken back. */
  | "ticket"
  | "renew"
  | "withdraw"
  | "create"
  | "update"
  | "delete"
  | "enable"
  | "disable"
  | "lock"
  | "unlock"
  | "change password"
  | "reset password"
  | "enable factor"
  | "disable factor"
  | "verify"
  | "assign"
  | "revoke"
  | "notify"
  | "other";

export type Outcome = "success" | "failure" | "unknown";

export type Severity = (typeof severities)[number];

/** Who did it: the `editor`, or the `user` whom it is about, as whom ZITADEL names no other or its own login. */
export type ActorRule = "editor" | "user" | "none";

/**
 * Whom or what it was done to.
 * - `user`: the user who is the aggregate.
 * - `payload user`: the user whom the payload names.
 * - `login`: the user of a login record.
 * - `aggregate`: the aggregate.
 * - `none`: nobody and nothing.
 * - else a thing within the aggregate, named by this field of the payload (or the aggregate where it is missing).
 */
export type TargetRule = string;

/**
 * Where the payload says from which address and browser.
 * - `browser`: `remoteIP` and `userAgent`, as the login pages write them.
 * - `session`: `user_agent`, `userAgent` or `UserAgent` with `ip` and `header`, as sessions write them.
 * - `login`: the login record.
 */
export type SourceRule = "browser" | "session" | "login" | "none";

/** What an event type means. */
export interface Meaning {
  categories: readonly Category[];
  class: Class;
  activity: Activity;
  outcome: Outcome;
  severity: Severity;
  actor: ActorRule;
  target: TargetRule;
  source: SourceRule;
}
