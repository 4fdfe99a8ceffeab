import type { Category, Meaning } from "./meaning";

/** What a row says of the event types that its patterns match; `*` stands for any text. */
export interface Row {
  readonly types: string;
  readonly says: Partial<Meaning>;
}

const row = (types: string, says: Partial<Meaning>): Row => ({ types, says });

const signIn: readonly Category[] = ["authentication"];
const session: readonly Category[] = ["authentication", "session"];
const iam: readonly Category[] = ["iam"];

/**
 * What ZITADEL's event types mean. Each property of a meaning is taken from the first row that matches and says
 * it: so rows go from the exact to the general, and the last says everything. Login records are looked up as
 * `login.` and their trigger, calls of targets as `call.` and the target's name, notices as `forwarder.` and
 * their type.
 */
export const rows: readonly Row[] = [
  // The records that ZITADEL does not write itself.
  row("login.post_authentication", { activity: "logon", outcome: "unknown" }),
  row("login.pre_creation", { categories: iam, class: "account", activity: "create", outcome: "unknown" }),
  row("login.post_creation", { categories: iam, class: "account", activity: "create" }),
  row("login.*", {
    categories: signIn,
    class: "authentication",
    activity: "other",
    actor: "user",
    target: "login",
    source: "login",
  }),
  row("forwarder.*", { severity: "medium" }),
  row("forwarder.* call.*", {
    class: "base",
    activity: "other",
    outcome: "unknown",
    actor: "none",
    target: "none",
  }),

  // Factors and passwords that are set up, before the checks that are made of them.
  row("user.*initialization.check.* user.human.invite.check.*", { class: "account", activity: "verify" }),
  row("user.human.passwordless.initialization.code.check.*", { class: "account", activity: "verify" }),
  row("user.*initialization.c* user.human.invite.c*", { categories: iam }),

  // Logins: one check of one factor each, on the user; sessions repeat them.
  row("user.*.check.failed", { severity: "low" }),
  row("user.*.check.succeeded user.*.check.failed", {
    categories: signIn,
    class: "authentication",
    activity: "logon",
    actor: "user",
    source: "browser",
  }),
  row("user.*.begin.login", {
    categories: signIn,
    class: "authentication",
    activity: "check",
    outcome: "unknown",
    actor: "user",
    source: "browser",
  }),
  row("user.impersonated", {
    categories: signIn,
    class: "authentication",
    activity: "ticket",
    severity: "high",
  }),
  row("user.*signed.out", {
    categories: session,
    class: "authentication",
    activity: "logoff",
    actor: "user",
  }),
  row("user.*token.renewed", { activity: "renew" }),
  row("user.token.removed user.human.refresh.token.removed", { activity: "withdraw" }),
  row("user.token.* user.human.refresh.token.*", {
    categories: session,
    class: "authentication",
    activity: "ticket",
    actor: "user",
  }),
  row("session.terminated session_logout.*", { activity: "logoff" }),
  row("session.token.set", { activity: "ticket" }),
  row("session.otp.*.sent", { activity: "notify" }),
  row("session.metadata.set session.lifetime.set", { activity: "other" }),
  row("session.added session.*.challenged", { outcome: "unknown" }),
  row("session.user.checked", { target: "payload user" }),
  row("session.added", { source: "session" }),
  row("session.*", { activity: "check" }),
  row("oidc_session.added saml_session.added", {
    activity: "logon",
    actor: "user",
    target: "payload user",
    source: "session",
  }),
  row("oidc_session.*.renewed", { activity: "renew" }),
  row("*_session.*.revoked", { activity: "withdraw" }),
  row("*_session.*.added", { activity: "ticket" }),
  row("session.* session_logout.* oidc_session.* saml_session.*", {
    categories: session,
    class: "authentication",
  }),
  row("auth_request.failed saml_request.failed idpintent.failed device.authorization.canceled", {
    activity: "logon",
    outcome: "failure",
    severity: "low",
  }),
  row("auth_request.added saml_request.added idpintent.started idpintent.saml.requested", {
    outcome: "unknown",
  }),
  row("device.authorization.added", { outcome: "unknown" }),
  row("device.authorization.approved", { actor: "user", target: "payload user", source: "session" }),
  row("device.authorization.done auth_request.code.exchanged", { activity: "ticket" }),
  row("auth_request.session.linked saml_request.session.linked", { target: "payload user" }),
  row("idpintent.*succeeded", { target: "payload user" }),
  row("auth_request.* saml_request.* idpintent.* device.authorization.*", {
    categories: signIn,
    class: "authentication",
    activity: "check",
  }),

  // Who may do what.
  row("instance.member.*", { severity: "high" }),
  row("org.member.* user.grant.*", { severity: "medium" }),
  row("user.grant.deactivated", { activity: "revoke" }),
  row("user.grant.reactivated", { activity: "assign" }),
  row("user.grant.* *.member.*", { categories: iam, class: "access", target: "payload user" }),
  row("user.grant.added *.member.added", { activity: "assign" }),
  row("user.grant.*removed *.member.*removed", { activity: "revoke" }),
  row("project.role.* permission.*", { categories: iam, severity: "low" }),
  row("project.grant.*", { categories: iam, severity: "low", target: "grantId" }),

  // Accounts.
  row("user.*selfregistered", { activity: "create", actor: "user" }),
  row("user.added user.human.added user.machine.added schemauser.created", { activity: "create" }),
  row("user.removed schemauser.deleted", { activity: "delete", severity: "medium" }),
  row("user.deactivated schemauser.deactivated", { activity: "disable", severity: "low" }),
  row("user.reactivated schemauser.activated", { activity: "enable", severity: "low" }),
  row("user.locked schemauser.locked", { activity: "lock", severity: "medium" }),
  row("user.unlocked schemauser.unlocked", { activity: "unlock", severity: "low" }),
  row("user.*password.changed", { activity: "change password", severity: "low" }),
  row("user.*password.code.added", { activity: "reset password", severity: "low" }),
  row("user.*.code.* schemauser.*.code.* user.*.sent", { activity: "notify" }),
  row("user.*.verification.failed schemauser.*.verification.failed", {
    activity: "verify",
    outcome: "failure",
  }),
  row("user.human.mfa.*verified user.mfa.otp.verified user.human.passwordless.token.verified", {
    activity: "enable factor",
    severity: "low",
  }),
  row("user.human.mfa.otp.sms.added user.human.mfa.otp.email.added user.human.mfa.recoverycode.added", {
    activity: "enable factor",
    severity: "low",
  }),
  row("user.*mfa.*.removed user.human.passwordless.token.removed", {
    activity: "disable factor",
    severity: "medium",
  }),
  row("user.*.verified schemauser.*.verified", { activity: "verify" }),
  row("user.machine.key.* user.pat.*", { severity: "medium" }),
  row("user.* schemauser.*", {
    categories: iam,
    class: "account",
    activity: "update",
    target: "user",
  }),

  // Everything that is configured. First what of it weighs more.
  row("instance.removed org.removed instance.policy.security.set feature.system.*", { severity: "high" }),
  row("org.deactivated project.removed project.application.removed", { severity: "medium" }),
  row("action.* target.* execution.* org.flow.*", { severity: "medium" }),
  row("*.policy.lockout.* *.policy.login.* *.policy.password.*", { severity: "medium" }),
  row("*.idp.* web_key.* key_pair.* *.secret.*", { severity: "medium" }),
  row("instance.smtp.* instance.sms.* instance.domain.* org.domain.*", { severity: "low" }),
  row("feature.* restrictions.* limits.* quota.*", { severity: "low" }),
  row("instance.trusted_domains.* instance.oidc.settings.*", { severity: "medium" }),
  row("system.migration.failed", { severity: "low" }),
  row("system.migration.started", { outcome: "unknown" }),

  // The thing within an aggregate.
  row("project.application.oidc.key.* target.key.*", { target: "keyId" }),
  row("project.application.*", { target: "appId" }),
  row("project.role.* *.customtext.* org.metadata.*", { target: "key" }),
  row("iam.idp.* org.idp.config.* org.idp.oidc.config.* org.idp.jwt.config.*", { target: "idpConfigId" }),
  row("*.policy.login.idpprovider.*", { target: "idpConfigId" }),
  row("instance.idp.* org.idp.* instance.smtp.* instance.sms.*", { target: "id" }),
  row("org.domain.* instance.domain.* instance.trusted_domains.*", { target: "domain" }),
  row("permission.*", { target: "role" }),

  // What the last word says.
  row("system.* milestone.* quota.notif*", { activity: "other" }),
  row("org.domain.verification.* org.domain.verified", { activity: "verify" }),
  row("*.deactivated *configdeactivated", { activity: "disable" }),
  row("*activated", { activity: "enable" }),
  row("*added *.created", { activity: "create" }),
  row("*removed *.deleted *removed.all *.cleared *.reset", { activity: "delete" }),
  row("*.failed", { outcome: "failure" }),
  row("*", {
    categories: ["configuration"],
    class: "entity",
    activity: "update",
    outcome: "success",
    severity: "informational",
    actor: "editor",
    target: "aggregate",
    source: "none",
  }),
];
