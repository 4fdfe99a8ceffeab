import { isIP } from "node:net";
import type { LoginClaim } from "../../contract/loginClaim";
import type { ReadingContext } from "./eventRecord";
import { loginId } from "./identity";
import { reportOf } from "./loginMatch";
import { creationMicros } from "./micros";
import type { JournalRecord, LoginRecordBody } from "./record";
import { MASK, withoutSecrets } from "./redaction/net";

/** What a login record says besides its claim. */
export interface LoginContext extends ReadingContext {
  /** From which source the claim came. */
  source: LoginRecordBody["source"];
  /** How many proxies in front of ZITADEL are trusted; undefined when nothing is declared. */
  trustedProxies: number;
}

/** Fields that hold ids, where long random words are no secrets. */
const idFields = new Set([
  "instance",
  "id",
  "userOrganization",
  "requestedOrganization",
  "application",
  "identityProvider",
  "authRequest",
  "agent",
  "externalUserId",
  "applicationResourceOwner",
]);

/**
 * A verified claim as a record for the journal; its body is the JSON text of a LoginRecordBody. The organization is
 * the one whose secret signed. Every text passes the net for secrets, a mask in place of what it takes out: what a
 * client put into a name or a user agent leaves as text and as nothing else.
 *
 * The address is `sourceIp` only when it is one and at least one proxy that set it is trusted: without a proxy
 * ZITADEL knows no address but the one that the client itself wrote into X-Forwarded-For.
 */
export function createLoginRecord(
  claim: LoginClaim,
  organization: string,
  { instanceId, observedDate, source, trustedProxies }: LoginContext,
): JournalRecord {
  const { id: scriptId, ip, ...said } = claim;
  const id = loginId(organization, scriptId);
  const trusted = ip !== undefined && trustedProxies > 0 && isIP(ip) !== 0;
  const body: LoginRecordBody = {
    id,
    source,
    instance: { id: instanceId },
    observedDate,
    organization: { id: organization },
    login: clean({
      ...said,
      ...(ip === undefined ? {} : trusted ? { sourceIp: ip } : { claimedIp: ip }),
    }),
  };
  const createdMicros = creationMicros(claim.time);
  return source === "events"
    ? { id, source: "checks", createdMicros, body: JSON.stringify(body) }
    : { id, source, createdMicros, body: JSON.stringify(body), report: reportOf(claim, organization) };
}

/** The same value, its texts without secrets; a name that holds one goes with its value. */
function clean<T>(value: T, name = ""): T {
  if (typeof value === "string") return (withoutSecrets(value, idFields.has(name)) ?? MASK) as T;
  if (Array.isArray(value)) return value.map((element) => clean(element, name)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([within]) => withoutSecrets(within) === within)
      .map(([within, part]) => [within, clean(part, within)]),
  ) as T;
}
