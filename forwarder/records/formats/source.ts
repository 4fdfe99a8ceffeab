import { isIP } from "node:net";
import { firstText, type JsonObject, objectIn, textIn } from "./json";
import type { SourceRule } from "./meaning";

/** From where somebody came. At most one of the two addresses is there, and it is an IP address. */
export interface Addresses {
  /** The address that a trusted proxy saw. */
  address?: string;
  /** The address that the client claims: the leftmost X-Forwarded-For, which anybody can write. */
  claimedAddress?: string;
  userAgent?: string;
}

/** Reads addresses and browser where the rule says that they stand. */
export function addressesIn(
  rule: SourceRule,
  payload: JsonObject | undefined,
  login: JsonObject | undefined,
  trusted: boolean,
): Addresses {
  if (rule === "none") return {};
  if (rule === "login")
    return {
      address: ip(login?.sourceIp),
      claimedAddress: ip(login?.claimedIp),
      userAgent: textIn(login?.userAgent),
    };
  const session =
    objectIn(payload?.user_agent) ?? objectIn(payload?.userAgent) ?? objectIn(payload?.UserAgent);
  const found = ip(rule === "browser" ? payload?.remoteIP : session?.ip);
  const userAgent = rule === "browser" ? textIn(payload?.userAgent) : browserOf(session);
  return { ...(trusted ? { address: found } : { claimedAddress: found }), userAgent };
}

/** The header `user-agent` that the session's creator passed on, or what it said in its place. */
function browserOf(session: JsonObject | undefined): string | undefined {
  const headers = objectIn(session?.header);
  for (const [name, value] of Object.entries(headers ?? {}))
    if (name.toLowerCase() === "user-agent") return textIn(Array.isArray(value) ? value[0] : value);
  return firstText(session, "description");
}

function ip(value: unknown): string | undefined {
  const text = textIn(value);
  return text !== undefined && isIP(text) !== 0 ? text : undefined;
}
