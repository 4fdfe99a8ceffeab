import { createPrivateKey, type KeyObject } from "node:crypto";
import { SignJWT } from "jose";
import { ZitadelError } from "./zitadelError";

/** A service account's key as ZITADEL hands it out. */
export interface MachineKey {
  keyId: string;
  userId: string;
  privateKey: KeyObject;
}

/** Reads ZITADEL's machine key JSON. `file` is its name below the secrets folder, for the message. */
export function readMachineKey(text: string, file: string): MachineKey {
  const unreadable = (fault: string) =>
    new ZitadelError("key unreadable", `the machine key file ${file} ${fault}`, {
      remedy: "put ZITADEL's machine key JSON (type, keyId, key, userId) there",
      retry: "later",
    });
  let body: Record<string, unknown>;
  try {
    body = JSON.parse(text);
  } catch {
    throw unreadable("is not JSON");
  }
  const { keyId, userId, key } = body ?? {};
  if (typeof keyId !== "string" || typeof userId !== "string" || typeof key !== "string")
    throw unreadable("lacks keyId, userId or key");
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(key);
  } catch {
    throw unreadable("holds no private key in PEM");
  }
  // What ZITADEL hands out; another kind, or a shorter one, cannot sign RS256.
  if (privateKey.asymmetricKeyType !== "rsa" || (privateKey.asymmetricKeyDetails?.modulusLength ?? 0) < 2048)
    throw unreadable("holds no RSA key of 2048 bits or more");
  return { keyId, userId, privateKey };
}

/** `iat` may be an hour old but not three seconds ahead: dated back, it stands a clock that is not exact. Seconds. */
const DATED_BACK = 60;
/** How long the assertion is good for, from now. ZITADEL takes an hour at most. Seconds. */
const LIFETIME = 300;

/**
 * The signed JWT profile that ZITADEL exchanges for an access token
 * (https://zitadel.com/docs/guides/integrate/service-users/private-key-jwt).
 *
 * @param issuer ZITADEL's issuer, with its port if it has one: the audience
 * @param nowMicros ZITADEL's time
 */
export function signAssertion(key: MachineKey, issuer: string, nowMicros: number): Promise<string> {
  const now = Math.floor(nowMicros / 1_000_000);
  return new SignJWT()
    .setProtectedHeader({ alg: "RS256", kid: key.keyId })
    .setIssuer(key.userId)
    .setSubject(key.userId)
    .setAudience(issuer)
    .setIssuedAt(now - DATED_BACK)
    .setExpirationTime(now + LIFETIME)
    .sign(key.privateKey);
}
