import { each, type FieldTable, fields, joined } from "../fields";

/** What ZITADEL does with people of an identity provider. */
const options = fields("isCreationAllowed isLinkingAllowed isAutoCreation isAutoUpdate autoLinkingOption");

const client = joined(
  fields("id name clientId issuer scopes idTokenMapping usePKCE", { secret: "clientSecret" }),
  options,
);
const oauth = joined(client, fields("authorizationEndpoint tokenEndpoint userEndpoint idAttribute"));
const azure = joined(
  fields("id name client_id scopes tenant isEmailVerified", { secret: "client_secret" }),
  options,
);
const apple = joined(fields("id name clientId teamId keyId scopes", { secret: "privateKey" }), options);
const jwt = joined(fields("id name issuer jwtEndpoint keysEndpoint headerName"), options);
const ldap = joined(
  fields(
    "id name host port tls servers startTLS baseDN bindDN admin userBase userObjectClass userObjectClasses " +
      "userUniqueAttribute userFilters timeout idAttribute firstNameAttribute lastNameAttribute " +
      "displayNameAttribute nickNameAttribute preferredUsernameAttribute emailAttribute " +
      "emailVerifiedAttribute phoneAttribute phoneVerifiedAttribute preferredLanguageAttribute " +
      "avatarURLAttribute profileAttribute",
    { secret: "password bindPassword", withheld: "rootCA" },
  ),
  options,
);
const saml = joined(
  fields(
    "id name binding withSignedRequest nameIDFormat transientMappingAttributeName federatedLogoutEnabled " +
      "signatureAlgorithm",
    // Metadata and certificate are public by nature, but bulky and written by anyone.
    { secret: "key", withheld: "metadata certificate" },
  ),
  options,
);

const legacyConfig = fields("idpConfigId name idpType stylingType autoRegister");
const legacyOidc = fields(
  "idpConfigId clientId issuer authorizationEndpoint tokenEndpoint scopes idpDisplayNameMapping usernameMapping",
  { secret: "clientSecret" },
);
const legacyJwt = fields("idpConfigId issuer jwtEndpoint keysEndpoint headerName");

function providers(owner: "instance" | "org", ldapVersion: string): FieldTable {
  const prefix = `${owner}.idp.`;
  return {
    ...each(
      prefix,
      "github.added github.changed github_enterprise.added github_enterprise.changed gitlab.added " +
        "gitlab.changed gitlab_self_hosted.added gitlab_self_hosted.changed google.added google.changed " +
        "oauth.added oauth.changed oidc.added oidc.changed oidc.migrated.google",
      oauth,
    ),
    ...each(prefix, "azure.added azure.changed oidc.migrated.azure", azure),
    ...each(prefix, "apple.added apple.changed", apple),
    ...each(prefix, "jwt.added jwt.changed", jwt),
    ...each(prefix + ldapVersion, "added changed", ldap),
    ...each(prefix, "saml.added saml.changed", saml),
    [`${prefix}removed`]: fields("id"),
  };
}

/** Of versions before 2.20. */
function legacyProviders(owner: "iam" | "org"): FieldTable {
  return {
    ...each(`${owner}.idp.config.`, "added changed deactivated reactivated removed", legacyConfig),
    ...each(`${owner}.idp.oidc.config.`, "added changed", legacyOidc),
    ...each(`${owner}.idp.jwt.config.`, "added changed", legacyJwt),
  };
}

/** Identity providers of the instance and of organizations. */
export const idpTable: FieldTable = {
  ...providers("instance", "ldap.v2."),
  ...providers("org", "ldap."),
  ...legacyProviders("iam"),
  ...legacyProviders("org"),
};
