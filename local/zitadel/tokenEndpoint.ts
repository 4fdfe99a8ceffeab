import { createPrivateKey, createPublicKey, type KeyObject, randomUUID } from "node:crypto";
import { exportJWK, jwtVerify, SignJWT } from "jose";
import type { Instance } from "./instance";
import { newKeyPair } from "./setup";
import { parseTimestamp } from "./timestamp";
import { grantAccessToken } from "./tokens";

const JWT_PROFILE = "urn:ietf:params:oauth:grant-type:jwt-bearer";

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
