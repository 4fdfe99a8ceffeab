import { each, empty, type FieldTable, fields, joined } from "../fields";
import { authRequest, codeDelivery } from "./shared";

const passwordChanged = fields("changeRequired userAgentID triggerOrigin", { secret: "secret encodedHash" });
const otpAdded = fields("", { secret: "otpSecret" });
const otpCode = joined(codeDelivery, authRequest);
const codeSent = fields("generatorInfo.id generatorInfo.verificationId deliverySuppressed");

const webAuthnAdded = fields("webAuthNTokenId rpID", { secret: "challenge" });
const webAuthnVerified = fields(
  "webAuthNTokenId webAuthNTokenName attestationType aaguid signCount userAgentID",
  {
    withheld: "keyId publicKey",
  },
);
const webAuthnBegin = joined(
  fields("userVerification", { secret: "challenge", withheld: "allowedCredentialIDs" }),
  authRequest,
);

/** What people prove themselves with: passwords, one-time passwords, security keys, refresh tokens. */
export const credentialsTable: FieldTable = {
  ...each("user.", "password.changed human.password.changed", passwordChanged),
  "user.human.password.hash.updated": fields("", { secret: "encodedHash" }),
  ...each("user.", "password.code.added human.password.code.added", codeDelivery),
  ...each("user.", "password.code.sent human.password.code.sent human.password.change.sent", codeSent),
  ...each(
    "user.",
    "password.check.succeeded password.check.failed human.password.check.succeeded human.password.check.failed",
    authRequest,
  ),

  ...each("user.", "mfa.otp.added human.mfa.otp.added", otpAdded),
  ...each("user.", "mfa.otp.verified human.mfa.otp.verified", fields("userAgentID")),
  ...each(
    "user.",
    "mfa.otp.check.succeeded mfa.otp.check.failed human.mfa.otp.check.succeeded human.mfa.otp.check.failed " +
      "human.mfa.otp.sms.check.succeeded human.mfa.otp.sms.check.failed " +
      "human.mfa.otp.email.check.succeeded human.mfa.otp.email.check.failed",
    authRequest,
  ),
  ...each(
    "user.",
    "mfa.otp.removed mfa.otp.init.skipped human.mfa.otp.removed human.mfa.init.skipped " +
      "human.mfa.otp.sms.added human.mfa.otp.sms.removed human.mfa.otp.email.added human.mfa.otp.email.removed",
    empty,
  ),
  ...each("user.human.mfa.otp.", "sms.code.added email.code.added", otpCode),
  ...each("user.human.mfa.otp.", "sms.code.sent email.code.sent", codeSent),

  // Recovery codes are hashed; which one was used is its hash too.
  "user.human.mfa.recoverycode.added": joined(fields("", { secret: "codes" }), authRequest),
  "user.human.mfa.recoverycode.removed": authRequest,
  "user.human.mfa.recoverycode.check.succeeded": joined(fields("", { secret: "codeChecked" }), authRequest),
  "user.human.mfa.recoverycode.check.failed": joined(fields("", { secret: "codeChecked" }), authRequest),

  ...each("user.human.", "mfa.u2f.token.added passwordless.token.added", webAuthnAdded),
  ...each("user.human.", "mfa.u2f.token.verified passwordless.token.verified", webAuthnVerified),
  ...each("user.human.", "mfa.u2f.token.begin.login passwordless.token.begin.login", webAuthnBegin),
  ...each(
    "user.human.",
    "mfa.u2f.token.check.succeeded mfa.u2f.token.check.failed passwordless.token.check.succeeded " +
      "passwordless.token.check.failed",
    authRequest,
  ),
  ...each(
    "user.human.",
    "mfa.u2f.token.signcount.changed passwordless.token.signcount.changed",
    fields("webAuthNTokenId signCount"),
  ),
  ...each("user.human.", "mfa.u2f.token.removed passwordless.token.removed", fields("webAuthNTokenId")),
  ...each(
    "user.human.passwordless.initialization.code.",
    "added requested",
    joined(fields("id"), codeDelivery),
  ),
  ...each(
    "user.human.passwordless.initialization.code.",
    "sent check.succeeded check.failed",
    fields("id deliverySuppressed"),
  ),

  "user.human.refresh.token.added": fields(
    "tokenId clientId userAgentId audience scopes authMethodReferences authTime idleExpiration expiration " +
      "preferredLanguage",
  ),
  "user.human.refresh.token.renewed": fields("tokenId idleExpiration", { secret: "refreshToken" }),
  "user.human.refresh.token.removed": fields("tokenId"),
};
