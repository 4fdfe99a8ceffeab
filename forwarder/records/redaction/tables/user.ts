import { each, empty, type FieldTable, fields, joined } from "../fields";
import { actor, authRequest, codeDelivery } from "./shared";

const profile = fields("firstName lastName nickName displayName preferredLanguage gender");
const address = fields("country locality postalCode region streetAddress");

const human = joined(
  fields("userName email phone changeRequired", { secret: "secret encodedHash" }),
  profile,
  address,
);

const externalIdp = fields("idpConfigId userId displayName");
const domainClaimed = fields("userName urlTemplate triggerOrigin");
const metadata = fields("key", { secret: "value" });
const machineSecret = fields("", { secret: "clientSecret hashedSecret" });

const accessToken = joined(
  fields(
    "tokenId applicationId userAgentId refreshTokenID audience scopes authMethodsReferences authTime " +
      "expiration preferredLanguage reason",
  ),
  actor,
);

/** Users, people and machines: who they are. Their credentials are in `credentials.ts`. */
export const userTable: FieldTable = {
  // People. Types without `human` were written by ZITADEL before version 1.
  ...each("user.", "added selfregistered human.added human.selfregistered", human),
  ...each("user.", "profile.changed human.profile.changed", profile),
  ...each("user.", "address.changed human.address.changed", address),
  ...each("user.", "email.changed human.email.changed", fields("email")),
  ...each("user.", "phone.changed human.phone.changed", fields("phone")),
  ...each("user.", "email.code.added human.email.code.added", codeDelivery),
  ...each("user.", "phone.code.added human.phone.code.added", codeDelivery),
  ...each("user.", "initialization.code.added human.initialization.code.added", codeDelivery),
  "user.human.invite.code.added": codeDelivery,
  ...each(
    "user.",
    "email.code.sent human.email.code.sent phone.code.sent human.phone.code.sent " +
      "initialization.code.sent human.initialization.code.sent human.invite.code.sent",
    fields("generatorInfo.id generatorInfo.verificationId deliverySuppressed"),
  ),
  ...each(
    "user.",
    "email.verified email.verification.failed human.email.verified human.email.verification.failed " +
      "phone.verified phone.verification.failed phone.removed human.phone.verified " +
      "human.phone.verification.failed human.phone.removed initialization.check.succeeded " +
      "initialization.check.failed human.initialization.check.succeeded human.initialization.check.failed " +
      "human.invite.check.succeeded human.invite.check.failed",
    authRequest,
  ),
  "user.human.avatar.added": fields("storeKey"),
  "user.human.avatar.removed": fields("storeKey"),
  ...each("user.human.externalidp.", "added removed cascade.removed", externalIdp),
  "user.human.externalidp.id.migrated": fields("idpConfigId previousId newId"),
  "user.human.externalidp.username.changed": fields("idpConfigId userId username"),
  "user.human.externallogin.check.succeeded": authRequest,
  ...each("user.", "signed.out human.signed.out", fields("userAgentID sessionID triggerOrigin")),

  // Machines.
  "user.machine.added": fields("userName name description accessTokenType"),
  "user.machine.changed": fields("name description accessTokenType"),
  "user.machine.key.added": fields("keyId type expirationDate", { withheld: "publicKey" }),
  "user.machine.key.removed": fields("keyId"),
  ...each("user.machine.secret.", "set updated removed", machineSecret),
  "user.pat.added": fields("tokenId expiration scopes"),
  "user.pat.removed": fields("tokenId"),

  // Both.
  ...each("user.", "locked unlocked deactivated reactivated removed", empty),
  "user.username.changed": fields("userName"),
  "user.domain.claimed": domainClaimed,
  "user.domain.claimed.sent": fields("deliverySuppressed"),
  "user.impersonated": joined(fields("applicationId"), actor),
  "user.token.added": accessToken,
  "user.token.removed": fields("tokenId"),
  ...each("user.metadata.", "set removed removed.all", metadata),

  ...each("user.grant.", "added", fields("userId projectId grantId roleKeys")),
  ...each("user.grant.", "changed cascade.changed", fields("roleKeys")),
  ...each("user.grant.", "removed cascade.removed deactivated reactivated", empty),
};
