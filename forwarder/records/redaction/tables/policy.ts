import { each, empty, type FieldTable, fields } from "../fields";

const label = fields(
  "primaryColor secondaryColor backgroundColor warnColor fontColor primaryColorDark secondaryColorDark " +
    "backgroundColorDark warnColorDark fontColorDark hideLoginNameSuffix errorMsgPopup disableMsgPopup " +
    "disableWatermark themeMode",
);
const login = fields(
  "allowUsernamePassword allowRegister allowExternalIdp forceMFA forceMFALocalOnly hidePasswordReset " +
    "ignoreUnknownUsernames allowDomainDiscovery disableLoginWithEmail disableLoginWithPhone passwordlessType " +
    "defaultRedirectURI passwordCheckLifetime externalLoginCheckLifetime mfaInitSkipLifetime " +
    "secondFactorCheckLifetime multiFactorCheckLifetime",
);
const privacy = fields("tosLink privacyLink helpLink supportEmail docsLink customLink customLinkText");
const mailText = fields("mailTextType language title preHeader subject greeting text buttonText");
const text = fields("template key language text");

function policies(owner: "instance" | "org"): FieldTable {
  const prefix = `${owner}.policy.`;
  return {
    ...each(
      prefix,
      "domain.added domain.changed",
      fields("userLoginMustBeDomain validateOrgDomains smtpSenderAddressMatchesInstanceDomain"),
    ),
    ...each(prefix, "label.added label.changed", label),
    ...each(
      `${prefix}label.`,
      "font.added font.removed icon.added icon.removed icon.dark.added icon.dark.removed logo.added " +
        "logo.removed logo.dark.added logo.dark.removed",
      fields("storeKey"),
    ),
    [`${prefix}label.activated`]: empty,
    ...each(
      prefix,
      "lockout.added lockout.changed",
      fields("maxPasswordAttempts maxOTPAttempts showLockOutFailures"),
    ),
    ...each(prefix, "login.added login.changed", login),
    ...each(
      `${prefix}login.idpprovider.`,
      "added removed cascade.removed",
      fields("idpConfigId idpProviderType"),
    ),
    ...each(
      `${prefix}login.`,
      "multifactor.added multifactor.removed secondfactor.added secondfactor.removed",
      fields("mfaType"),
    ),
    ...each(prefix, "notification.added notification.changed", fields("passwordChange")),
    ...each(prefix, "password.age.added password.age.changed", fields("expireWarnDays maxAgeDays")),
    ...each(
      prefix,
      "password.complexity.added password.complexity.changed",
      fields("minLength hasLowercase hasUppercase hasNumber hasSymbol"),
    ),
    ...each(prefix, "privacy.added privacy.changed", privacy),

    ...each(`${owner}.mail.template.`, "added changed", fields("", { withheld: "template" })),
    ...each(`${owner}.mail.text.`, "added changed", mailText),
    ...each(`${owner}.customtext.`, "set removed", text),
    [`${owner}.customtext.template.removed`]: fields("template language"),
    [`${owner}.hosted_login_translation.set`]: fields("language level level_id", { withheld: "translation" }),
  };
}

/** Policies, texts and looks of the instance and of organizations. */
export const policyTable: FieldTable = {
  ...policies("instance"),
  "instance.policy.security.set": fields(
    "enabled enable_iframe_embedding allowedOrigins enable_impersonation",
  ),
  ...policies("org"),
  ...each(
    "org.policy.",
    "domain.removed label.removed lockout.removed login.removed notification.removed password.age.removed " +
      "password.complexity.removed privacy.removed",
    empty,
  ),
  "org.mail.template.removed": empty,
  "org.mail.text.removed": fields("mailTextType language"),
};
