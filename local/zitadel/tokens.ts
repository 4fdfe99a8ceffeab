import { createHmac, timingSafeEqual } from "node:crypto";
import type { Instance } from "./instance";
import { parseTimestamp } from "./timestamp";

type SecretHolder = Pick<Instance, "tokenSecret">;

const ZITADEL_AUDIENCE = "urn:zitadel:iam:org:project:id:zitadel:aud";

/** A personal access token's text; it is made of the ids and the instance's secret, so nothing needs keeping. */
export function mintPersonalAccessToken(instance: SecretHolder, tokenId: string, userId: string): string {
  return seal(instance, `${tokenId}:${userId}`);
}

/** Grants an access token to a machine user and writes the two events of a grant. */
export async function grantAccessToken(instance: Instance, userId: string, scope: string[]): Promise<string> {
  const { clock, directory, identifiers, options } = instance;
  const user = directory.users.get(userId)!;
  const id = identifiers.next();
  const aggregateId = `V2_${id}`;
  const tokenId = `at_${identifiers.next()}`;
  const session = { aggregateType: "oidc_session", aggregateId, resourceOwner: user.resourceOwner };
  await instance.push(
    { organizationId: user.resourceOwner },
    {
      ...session,
      eventType: "oidc_session.added",
      payload: {
        audience: scope.includes(ZITADEL_AUDIENCE) ? [directory.projectId] : null,
        authMethods: [9],
        authTime: nanoseconds(clock.now()),
        clientID: user.userName,
        scope,
        sessionID: "",
        userID: userId,
        userResourceOwner: user.resourceOwner,
      },
    },
    {
      ...session,
      eventType: "oidc_session.access_token.added",
      payload: { id: tokenId, lifetime: options.accessTokenLifetime * 1e9, reason: "jwt_profile", scope },
    },
  );
  return seal(instance, `${aggregateId}-${tokenId}:${userId}`);
}

/** The user whom a token lets into ZITADEL's own API now; undefined if it lets nobody in. */
export function userOfToken(instance: Instance, token: string): string | undefined {
  const [tokenId = "", userId = ""] = unseal(instance, token)?.split(":") ?? [];
  if (!instance.directory.users.get(userId)?.active) return undefined;
  const holds = tokenId.startsWith("V2_")
    ? accessTokenHolds(instance, tokenId)
    : personalTokenHolds(instance, tokenId);
  return holds ? userId : undefined;
}

function personalTokenHolds(instance: Instance, tokenId: string): boolean {
  const token = instance.directory.personalAccessTokens.get(tokenId);
  return token !== undefined && (parseTimestamp(token.expiration) ?? 0) > instance.clock.now();
}

function accessTokenHolds(instance: Instance, tokenId: string): boolean {
  const aggregateId = tokenId.split("-")[0]!;
  const events = instance.store.table
    .query("SELECT event_type, created_at, payload FROM events WHERE aggregate_id = ? ORDER BY sequence")
    .all(aggregateId) as { event_type: string; created_at: number; payload: string }[];
  const [session, token] = events;
  if (!session || !token) return false;
  const { audience } = JSON.parse(session.payload) as { audience: string[] | null };
  const { lifetime } = JSON.parse(token.payload) as { lifetime: number };
  const expired = token.created_at + lifetime / 1000 <= instance.clock.now();
  return !expired && audience !== null && audience.includes(instance.directory.projectId);
}

/** Go's time, which has finer digits than our clock. */
function nanoseconds(now: number): string {
  const milliseconds = new Date(now / 1000).toISOString().slice(0, 23);
  return `${milliseconds}${String(now % 1000).padStart(3, "0")}275Z`;
}

function seal(instance: SecretHolder, text: string): string {
  return Buffer.concat([mac(instance, text), Buffer.from(text)]).toString("base64url");
}

function unseal(instance: SecretHolder, token: string): string | undefined {
  const bytes = Buffer.from(token, "base64url");
  if (bytes.length <= 16) return undefined;
  const text = bytes.subarray(16).toString();
  return timingSafeEqual(bytes.subarray(0, 16), mac(instance, text)) ? text : undefined;
}

function mac(instance: SecretHolder, text: string): Buffer {
  return createHmac("sha256", instance.tokenSecret).update(text).digest().subarray(0, 16);
}
