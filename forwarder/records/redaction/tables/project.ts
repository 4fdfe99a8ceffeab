import { each, empty, type FieldTable, fields } from "../fields";

const project = fields("name projectRoleAssertion projectRoleCheck hasProjectCheck privateLabelingSetting");
const application = fields("appId name");
const api = fields("appId clientId authMethodType", { secret: "clientSecret hashedSecret" });
const oidc = fields(
  "oidcVersion appId clientId redirectUris responseTypes grantTypes applicationType authMethodType " +
    "postLogoutRedirectUris devMode accessTokenType accessTokenRoleAssertion idTokenRoleAssertion " +
    "idTokenUserinfoAssertion clockSkew additionalOrigins skipNativeAppSuccessPage backChannelLogoutURI " +
    "loginVersion loginBaseURI",
  { secret: "clientSecret hashedSecret" },
);
const saml = fields("appId entityId metadata_url loginVersion loginBaseURI", { withheld: "metadata" });
const secret = fields("appId", { secret: "clientSecret hashedSecret" });
const role = fields("key displayName group");
const grant = fields("grantId grantedOrgId roleKeys");
const member = fields("userId grantId roles");

/** Projects, their applications, roles, grants and members. */
export const projectTable: FieldTable = {
  "project.added": project,
  "project.changed": project,
  ...each("project.", "deactivated reactivated", empty),
  // `Name` carries no tag in ZITADEL's type.
  "project.removed": fields("Name"),
  ...each("project.application.", "added changed deactivated reactivated removed", application),
  ...each("project.application.config.api.", "added changed", api),
  ...each("project.application.config.api.secret.", "changed updated", secret),
  ...each("project.application.config.oidc.", "added changed", oidc),
  ...each("project.application.config.oidc.secret.", "changed updated", secret),
  ...each("project.application.config.saml.", "added changed", saml),
  "project.application.oidc.key.added": fields("applicationId clientId keyId type expirationDate", {
    withheld: "publicKey",
  }),
  "project.application.oidc.key.removed": fields("keyId"),
  ...each("project.grant.", "added changed cascade.changed deactivated reactivated removed", grant),
  ...each("project.grant.member.", "added changed removed cascade.removed", member),
  ...each("project.member.", "added changed removed cascade.removed", member),
  ...each("project.role.", "added changed removed", role),
};
