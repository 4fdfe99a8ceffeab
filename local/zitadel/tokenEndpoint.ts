import { createPrivateKey, createPublicKey, type KeyObject, randomUUID } from "node:crypto";
import { exportJWK, jwtVerify, SignJWT } from "jose";
import type { Instance } from "./instance";
import { newKeyPair } from "./setup";
import { parseTimestamp } from "./timestamp";
import { grantAccessToken } from "./tokens";

export const JWT_PROFILE = "urn:ietf:params:oauth:grant-type:jwt-bearer";

const IAT_AHEAD_SECONDS = 2;
const IAT_OLDEST_SECONDS = 3600;

export interface TokenAnswer {
  status: number;
  body: object;
}

/**
 * The token endpoint for the JWT profile of machine users. Whatever is wrong with an assertion is answered as an
 * internal error (recordings tok-04 to tok-11).
 */
export async function answerTokenRequest(
  instance: Instance,
  issuer: string,
  form: URLSearchParams,
): Promise<TokenAnswer> {
  const grantType = form.get("grant_type");
  if (!grantType) return invalidRequest("grant_type missing");
  if (grantType !== JWT_PROFILE) {
    return refused(400, "unsupported_grant_type", `${grantType} not supported`);
  }
  const scope = (form.get("scope") ?? "").split(" ").filter((one) => one !== "");
  const userId = await userOfAssertion(instance, issuer, form.get("assertion") ?? "");
  if (userId === undefined) return refused(500, "server_error", "Errors.Internal");
  if (scope.length === 0) {
    return invalidRequest(
      "The scope of your request is missing. Please ensure some scopes are requested. " +
        "If you have any questions, you may contact the administrator of the application.",
    );
  }
  const accessToken = await grantAccessToken(instance, userId, scope);
  const idToken = scope.includes("openid") ? await signIdToken(instance, issuer, userId) : undefined;
  return {
    status: 200,
    body: {
      access_token: accessToken,
      token_type: "Bearer",
      expires_in: Math.max(instance.options.accessTokenLifetime - 1, 0),
      ...(idToken && { id_token: idToken }),
    },
  };
}

function invalidRequest(description: string): TokenAnswer {
  return refused(400, "invalid_request", description);
}

function refused(status: number, error: string, description: string): TokenAnswer {
  return { status, body: { error, error_description: description } };
}

async function userOfAssertion(
  instance: Instance,
  issuer: string,
  assertion: string,
): Promise<string | undefined> {
  const now = instance.clock.now();
  try {
    const { payload } = await jwtVerify(assertion, (header) => publicKeyOf(instance, header.kid ?? "", now), {
      algorithms: ["RS256"],
      audience: issuer,
      currentDate: new Date(now / 1000),
      requiredClaims: ["iss", "sub", "iat", "exp"],
    });
    const ahead = payload.iat! - Math.floor(now / 1e6);
    const user = instance.directory.users.get(payload.sub!);
    const ownKey = assertionKeyId(assertion);
    const rightKey = instance.directory.keys.get(ownKey)?.userId === payload.sub;
    const inTime = ahead <= IAT_AHEAD_SECONDS && ahead >= -IAT_OLDEST_SECONDS;
    return payload.iss === payload.sub && rightKey && inTime && user?.active ? user.id : undefined;
  } catch {
    return undefined;
  }
}

function assertionKeyId(assertion: string): string {
  return JSON.parse(Buffer.from(assertion.split(".")[0]!, "base64url").toString()).kid;
}

function publicKeyOf(instance: Instance, keyId: string, now: number): KeyObject {
  const key = instance.directory.keys.get(keyId);
  if (!key?.publicKey || (parseTimestamp(key.expiration) ?? 0) <= now) throw new Error("no such key");
  return createPublicKey(key.publicKey);
}

let webKeys: { keyId: string; privateKey: KeyObject; publicKey: KeyObject }[] | undefined;

/** The keys that sign identity tokens: made once a process, when first needed. */
function signingKeys(instance: Instance) {
  webKeys ??= [0, 1].map(() => {
    const pair = newKeyPair();
    return {
      keyId: instance.identifiers.next(),
      privateKey: createPrivateKey(pair.privateKey),
      publicKey: createPublicKey(pair.publicKey),
    };
  });
  return webKeys;
}

/** What /oauth/v2/keys answers. */
export async function answerKeys(instance: Instance): Promise<object> {
  const keys = signingKeys(instance).map(async ({ keyId, publicKey }) => {
    const { n, e } = await exportJWK(publicKey);
    return { use: "sig", kty: "RSA", kid: keyId, alg: "RS256", n, e };
  });
  return { keys: await Promise.all(keys) };
}

async function signIdToken(instance: Instance, issuer: string, userId: string): Promise<string> {
  const [key] = signingKeys(instance);
  const now = Math.floor(instance.clock.now() / 1e6);
  return new SignJWT({ amr: ["user"], azp: userId, client_id: userId, jti: randomUUID() })
    .setProtectedHeader({ alg: "RS256", kid: key!.keyId, typ: "JWT" })
    .setIssuer(issuer)
    .setSubject(userId)
    .setAudience([userId])
    .setIssuedAt(now)
    .setExpirationTime(now + instance.options.accessTokenLifetime)
    .sign(key!.privateKey);
}

/** What /.well-known/openid-configuration answers. */
export function discovery(issuer: string): object {
  const algorithms = ["EdDSA", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512"];
  const clientAuthentication = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"];
  return {
    issuer,
    authorization_endpoint: `${issuer}/oauth/v2/authorize`,
    token_endpoint: `${issuer}/oauth/v2/token`,
    introspection_endpoint: `${issuer}/oauth/v2/introspect`,
    userinfo_endpoint: `${issuer}/oidc/v1/userinfo`,
    revocation_endpoint: `${issuer}/oauth/v2/revoke`,
    end_session_endpoint: `${issuer}/oidc/v1/end_session`,
    device_authorization_endpoint: `${issuer}/oauth/v2/device_authorization`,
    jwks_uri: `${issuer}/oauth/v2/keys`,
    scopes_supported: ["openid", "profile", "email", "phone", "address", "offline_access"],
    response_types_supported: ["code", "id_token", "id_token token"],
    response_modes_supported: ["query", "fragment", "form_post"],
    grant_types_supported: [
      "authorization_code",
      "implicit",
      "refresh_token",
      "client_credentials",
      JWT_PROFILE,
      "urn:ietf:params:oauth:grant-type:device_code",
    ],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: algorithms,
    request_object_signing_alg_values_supported: ["RS256"],
    token_endpoint_auth_methods_supported: clientAuthentication,
    token_endpoint_auth_signing_alg_values_supported: ["RS256"],
    revocation_endpoint_auth_methods_supported: clientAuthentication,
    revocation_endpoint_auth_signing_alg_values_supported: ["RS256"],
    introspection_endpoint_auth_methods_supported: ["client_secret_basic", "private_key_jwt"],
    introspection_endpoint_auth_signing_alg_values_supported: ["RS256"],
    claims_supported: CLAIMS,
    code_challenge_methods_supported: ["S256"],
    ui_locales_supported: LOCALES,
    request_parameter_supported: true,
    request_uri_parameter_supported: false,
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
  };
}

const CLAIMS = (
  "sub aud exp iat iss auth_time nonce acr amr c_hash at_hash act scopes client_id azp preferred_username " +
  "name family_name given_name locale email email_verified phone_number phone_number_verified"
).split(" ");
const LOCALES = "ar bg cs de en es fr hu id it ja ko mk nl pl pt ro ru sv tr uk zh".split(" ");
