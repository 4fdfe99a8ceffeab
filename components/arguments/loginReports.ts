import type * as pulumi from "@pulumi/pulumi";
import type { LoginOrganization, LoginWebhook } from "./logins";

/** The scripts that run inside ZITADEL: for whom, when, and what they say. */
export interface LoginReports {
  /** Flows that are reported: `internal` and `external`. The default is both. */
  flows?: LoginFlow[];
  /**
   * Triggers that are reported: `post authentication`, `pre creation` and `post creation`. The default is
   * `post authentication` alone; the creations report registrations.
   */
  triggers?: LoginTrigger[];
  /**
   * Fields of a record besides its own, under `extra`: `acceptLanguage`, `applicationResourceOwner`,
   * `callbackHost`, `displayName`, `externalUserId`, `host`, `remoteAddress`, `requestedOrgName`,
   * `requestedPrimaryDomain`, `scopes`, `uiLocales` and `userName`. The default is none.
   */
  extraFields?: string[];
  /**
   * Whole seconds after which ZITADEL ends a script, from 1 to 20. The default is 3. A login waits for its
   * script: this is the longest that a webhook that does not answer holds up a person.
   */
  timeoutSeconds?: pulumi.Input<number>;
  /**
   * Whether the Actions are bound to their triggers, beside whatever else is bound there. The default is true; set
   * false in a program that owns the lists of a trigger's actions itself, and bind `actionIds` there.
   */
  bind?: boolean;
}

/** Login records as `AuditLogStream` takes them: the Actions that report, and the sources by which records come. */
export interface StreamLogins extends LoginReports {
  /** The organizations whose logins are reported: at least one. */
  organizations: LoginOrganization[];
  /**
   * Generations of the secrets that records are signed with, the newest last, for example `["2026-11"]`; every
   * organization has a secret of its own for each. The newest signs, and all that are listed are accepted. To
   * rotate without a refused record, append a generation, and take the old one out in a later update.
   */
  secrets: string[];
  /** Have every record pushed to the forwarder over HTTP. The default is not to. */
  webhook?: LoginWebhook;
  /** Have every record written to ZITADEL's log, and read it from its pods. The default is not to. */
  stdout?: StreamLoginLog;
}

/** An organization in which Actions report logins. */
export interface SigningOrganization extends LoginOrganization {
  /** Secret that the organization's records are signed with, instead of one that is made by `secrets`. */
  secret?: pulumi.Input<string>;
}

/** Where login records are pushed to. */
export interface LoginEndpoint {
  /**
   * URL that ZITADEL calls with `POST`, `http` or `https`, without a user name or password. ZITADEL must be able to
   * reach it, and by its defaults refuses loopback and link-local addresses.
   */
  url: pulumi.Input<string>;
}

/** The source that is ZITADEL's log as `AuditLogStream` takes it. */
export interface StreamLoginLog {
  /** ZITADEL's Kubernetes namespace. It must be given, unless `collect` is false. */
  namespace?: pulumi.Input<string>;
  /**
   * Labels of ZITADEL's pods. The default is those of its Helm chart: `app.kubernetes.io/name: zitadel` and
   * `app.kubernetes.io/component: start`.
   */
  labels?: { [name: string]: pulumi.Input<string> };
  /**
   * Whether the forwarder reads the log. The default is true; set false where the cluster's log agent ships it:
   * each record is a line that begins with `zitadel-siem/1`.
   */
  collect?: boolean;
}

/** A flow of ZITADEL in which people sign in. */
export const LoginFlow = {
  /** With a password or factor that ZITADEL knows. */
  Internal: "internal",
  /** By an identity provider. */
  External: "external",
} as const;
export type LoginFlow = (typeof LoginFlow)[keyof typeof LoginFlow];

/** The moment in a flow at which an Action runs. */
export const LoginTrigger = {
  /** After each authentication, successful or not. */
  PostAuthentication: "post authentication",
  /** Before a user is created by registration. */
  PreCreation: "pre creation",
  /** After a user was created by registration. */
  PostCreation: "post creation",
} as const;
export type LoginTrigger = (typeof LoginTrigger)[keyof typeof LoginTrigger];
