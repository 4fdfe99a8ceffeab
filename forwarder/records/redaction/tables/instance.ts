import { each, empty, type FieldTable, fields, joined } from "../fields";
import { url } from "./shared";

const domain = fields("domain generated");
const generator = fields(
  "generatorType length expiry includeLowerLetters includeUpperLetters includeDigits includeSymbols",
);
const debugProvider = fields("compact enabled");
const tokenLifetimes = fields(
  "accessTokenLifetime idTokenLifetime refreshTokenIdleExpiration refreshTokenExpiration",
);

// An endpoint's address may hold credentials in any place.
const httpProvider = fields("id description", { secret: "endpoint signingKey" });
const twilio = fields("id description sid senderNumber verifyServiceSid verfiyServiceSid", {
  secret: "token",
});
const smtp = fields("id description senderAddress senderName replyToAddress tls host user plainAuth.user", {
  secret: "password plainAuth.password xoauth2Auth",
});
const providerState = fields("id");

const feature = fields("Value Value.Boolean");
const loginFeature = joined(fields("Value.required"), url("Value.base_uri"));

/** The instance, its settings and features, and what the system writes about itself. */
export const instanceTable: FieldTable = {
  "instance.added": fields("name"),
  "instance.changed": fields("name"),
  "instance.removed": empty,
  "instance.default.language.set": fields("language"),
  "instance.default.org.set": fields("orgId"),
  ...each("instance.domain.", "added primary.set removed", domain),
  ...each("instance.trusted_domains.", "added removed", domain),
  "instance.iam.console.set": fields("appId clientId"),
  "instance.iam.project.set": fields("iamProjectId"),
  ...each("instance.secret.generator.", "added changed removed", generator),
  ...each("instance.oidc.settings.", "added changed", tokenLifetimes),
  ...each(
    "instance.notification.provider.debug.",
    "fileadded filechanged fileremoved logadded logchanged logremoved",
    debugProvider,
  ),
  ...each("instance.sms.", "confighttp.added confighttp.changed", httpProvider),
  ...each("instance.sms.", "configtwilio.added configtwilio.changed configtwilio.token.changed", twilio),
  ...each(
    "instance.sms.",
    "configactivated configdeactivated configremoved configtwilio.activated configtwilio.deactivated " +
      "configtwilio.removed",
    providerState,
  ),
  ...each("instance.smtp.config.", "added changed password.changed", smtp),
  ...each("instance.smtp.config.", "http.added http.changed", httpProvider),
  ...each("instance.smtp.config.", "activated deactivated removed", providerState),

  ...each(
    "feature.",
    "featurelogindefaultorg.set instance.console_use_v2_user_api.set instance.debug_oidc_parent_error.set " +
      "instance.improved_performance.set instance.login_default_org.set " +
      "instance.oidc_single_v1_session_termination.set instance.permission_check_v2.set " +
      "instance.user_schema.set system.improved_performance.set system.login_default_org.set " +
      "system.oidc_single_v1_session_termination.set system.permission_check_v2.set system.user_schema.set",
    feature,
  ),
  ...each("feature.", "instance.login_v2.set system.login_v2.set", loginFeature),
  ...each("feature.", "instance.reset system.reset", empty),

  "limits.set": fields("auditLogRetention block"),
  "limits.reset": empty,
  "restrictions.set": fields("disallowPublicOrgRegistration allowedLanguages"),
  ...each(
    "quota.",
    "added set",
    fields("unit from interval amount limit notifications.id notifications.percent notifications.repeat", {
      secret: "notifications.callUrl notifications.callURL",
    }),
  ),
  ...each(
    "quota.",
    "notificationdue notified",
    fields("unit id dueEventID periodStart threshold usage", { secret: "callURL" }),
  ),
  "quota.removed": fields("unit"),
  "milestone.v2.reached": fields("type reachedDate"),
  "milestone.v2.pushed": fields("type externalDomain primaryDomain pushedDate", { secret: "endpoints" }),
  ...each("permission.", "added removed", fields("role permission")),

  "key_pair.added": fields("usage algorithm privateKey.expiry publicKey.expiry", {
    secret: "privateKey.key publicKey.key",
  }),
  "key_pair.certificate.added": fields("certificate.expiry", { secret: "certificate.key" }),
  "web_key.added": fields("configType config.Bits config.Hasher config.Curve config.EllipticCurve", {
    secret: "privateKey",
    withheld: "publicKey",
  }),
  ...each("web_key.", "activated deactivated removed", empty),

  ...each("debug.", "added changed removed", fields("projectionSleep", { withheld: "blob" })),
  "system.id.generated": fields("id"),
  // What a migration stopped at may name hosts and connection strings.
  ...each(
    "system.migration.",
    "started done failed repeatable.done",
    fields("name", { withheld: "error lastRun" }),
  ),
};
