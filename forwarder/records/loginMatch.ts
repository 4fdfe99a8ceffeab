import { hash } from "node:crypto";
import type { LoginClaim } from "../../contract/loginClaim";
import type { LoginReport } from "./record";

/** What a check among the events and a script's claim of it have in common. */
export interface Matched {
  flow: "internal" | "external";
  outcome: "success" | "failure";
  /** ZITADEL's id of the authentication request. */
  authRequest: string;
  user: string;
}

/** Stands for the organization in the key of a claim that may be another organization's than the user's. */
export const anyOrganization = "*";

/**
 * The key under which check and claim find each other: 32 hex digits. The user is no part of it in the external
 * flow, where the person is often not known to ZITADEL yet when the script runs.
 */
export function matchKey({ flow, outcome, authRequest, user }: Matched, organization: string): string {
  return digest([flow, outcome, authRequest, flow === "external" ? "" : user, organization]);
}

/**
 * By what a check among the events finds a script's claim; undefined for a claim that no check belongs to. The
 * Action that runs is that of the organization that the application asked for, else of the user's: in the first
 * case the claim's organization need not be the user's.
 */
export function reportOf(claim: LoginClaim, organization: string): LoginReport | undefined {
  const { flow, trigger, outcome, authRequest, user, requestedOrganization } = claim;
  if (trigger !== "post authentication" || outcome === undefined || authRequest === undefined)
    return undefined;
  const holder = requestedOrganization === organization ? anyOrganization : organization;
  return { key: matchKey({ flow, outcome, authRequest, user: user?.id ?? "" }, holder) };
}

/** A key or an id as one replica tells it to another: without the salt it says nothing. 32 hex digits. */
export function salted(salt: string, text: string): string {
  return digest([salt, text]);
}

function digest(parts: readonly string[]): string {
  return hash("sha256", JSON.stringify(parts), "hex").slice(0, 32);
}
