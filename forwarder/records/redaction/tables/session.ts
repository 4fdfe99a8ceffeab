import { each, empty, type FieldTable, fields, joined } from "../fields";
import { actor, url, userAgent } from "./shared";

const checked = fields("checkedAt");
const sentCode = fields("generatorInfo.id generatorInfo.verificationId deliverySuppressed");

const linked = fields("session_id user_id auth_time auth_methods amr");

const idpSucceeded = fields("idpUserId idpUserName userId expiresAt", {
  // The provider's whole record of the person, and the provider's tokens.
  secret: "idpUser idpAccessToken idpIdToken assertion user",
});

/** Logins of the session API, OpenID Connect, SAML, devices and identity providers. */
export const sessionTable: FieldTable = {
  "session.added": userAgent("user_agent"),
  "session.user.checked": fields("userID userResourceOwner checkedAt preferredLanguage"),
  ...each(
    "session.",
    "password.checked intent.checked totp.checked otp.sms.checked otp.email.checked",
    checked,
  ),
  "session.recoveryCode.checked": fields("checkedAt", { secret: "code codeChecked" }),
  "session.webAuthN.challenged": fields("userVerification rpid", {
    withheld: "allowedCrentialIDs",
    secret: "challenge",
  }),
  "session.webAuthN.checked": fields("checkedAt userVerified"),
  "session.otp.sms.challenged": fields("expiry codeReturned generatorId triggerOrigin", { secret: "code" }),
  "session.otp.email.challenged": fields("expiry returnCode urlTmpl triggerOrigin", { secret: "code" }),
  "session.otp.sms.sent": sentCode,
  "session.otp.email.sent": sentCode,
  "session.token.set": fields("tokenID"),
  "session.metadata.set": fields("", { secret: "metadata" }),
  "session.lifetime.set": fields("lifetime"),
  "session.terminated": fields("triggerOrigin"),
  "session_logout.back_channel.registered": fields(
    "oidc_session_id user_id client_id back_channel_logout_uri",
  ),
  "session_logout.back_channel.sent": fields("oidc_session_id"),

  // `code_challenge`, `state` and `nonce` protect a login that is under way.
  "auth_request.added": fields(
    "login_client client_id redirect_uri scope audience response_type response_mode prompt ui_locales max_age " +
      "hint_user_id need_refresh_token issuer",
    { secret: "state nonce code_challenge login_hint" },
  ),
  "auth_request.code.added": fields("", { secret: "code" }),
  "auth_request.code.exchanged": empty,
  "auth_request.failed": fields("reason"),
  "auth_request.session.linked": linked,
  "auth_request.succeeded": empty,

  "oidc_session.added": joined(
    fields(
      "userID userResourceOwner sessionID clientID audience scope authMethods authTime preferredLanguage",
      { secret: "nonce" },
    ),
    userAgent("userAgent"),
  ),
  "oidc_session.access_token.added": joined(fields("id scope lifetime reason"), actor),
  "oidc_session.access_token.revoked": empty,
  "oidc_session.refresh_token.added": fields("id lifetime idleLifetime"),
  "oidc_session.refresh_token.renewed": fields("id idleLifetime"),
  "oidc_session.refresh_token.revoked": empty,

  "saml_request.added": fields("login_client application_id acs_url request_id binding issuer destination", {
    secret: "relay_state",
  }),
  "saml_request.failed": fields("reason"),
  "saml_request.session.linked": linked,
  "saml_request.succeeded": empty,
  "saml_session.added": joined(
    fields("userID userResourceOwner sessionID entityID audience authMethods authTime preferredLanguage"),
    userAgent("userAgent"),
  ),
  "saml_session.saml_response.added": fields("id lifetime"),
  "saml_session.saml_response.revoked": empty,

  "device.authorization.added": fields("ClientID Expires Scopes Audience State NeedRefreshToken", {
    secret: "DeviceCode UserCode",
  }),
  "device.authorization.approved": joined(
    fields("Subject UserOrgID UserAuthMethods AuthTime PreferredLanguage SessionID"),
    userAgent("UserAgent"),
  ),
  "device.authorization.canceled": fields("Reason"),
  "device.authorization.done": empty,

  "idpintent.started": joined(
    fields("idpId", { secret: "idpArguments" }),
    url("successURL"),
    url("failureURL"),
  ),
  ...each("idpintent.", "succeeded ldap.succeeded saml.succeeded", idpSucceeded),
  "idpintent.saml.requested": fields("requestId"),
  "idpintent.failed": fields("reason"),
  "idpintent.consumed": empty,
};
