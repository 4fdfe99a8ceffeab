/**
 * What an Action's script says of one login attempt. The script makes one JSON text of it, signs that text and
 * hands the very same text to both sources; whoever reads it parses only a text whose signature was right.
 *
 * What ZITADEL's context does not hold is absent. Nothing here comes from the form, the cookies or the
 * authorization headers of the request.
 */
export interface LoginClaim {
  /** Made by the script for this run: 32 hex digits. The same from both sources. */
  id: string;
  /** When the script ran, by ZITADEL's clock: RFC 3339 with milliseconds, UTC. */
  time: string;
  flow: "internal" | "external";
  trigger: "post authentication" | "pre creation" | "post creation";
  /** Absent where the trigger decides nothing (the creations). */
  outcome?: "success" | "failure";
  /** ZITADEL's error code, for example `COMMAND-3M0fs`; absent on success. */
  error?: string;
  /** ZITADEL's `authMethod`, for example `password`. */
  method?: string;
  instance?: string;
  user?: { id?: string; loginName?: string };
  /** The organization that the user belongs to, and the one that the application asked for. */
  userOrganization?: string;
  requestedOrganization?: string;
  application?: string;
  identityProvider?: string;
  authRequest?: string;
  /** ZITADEL's id of the browser: `agentId` of the authentication request. */
  agent?: string;
  /** The leftmost X-Forwarded-For, which a client can forge; absent when ZITADEL knows none. */
  ip?: string;
  userAgent?: string;
  /** Further fields that the declaration chose. */
  extra?: { [name: string]: string | number | boolean };
  /** Names of the fields that were shortened to fit. */
  shortened?: string[];
}

/** Begins each line of a record in ZITADEL's log; the digit is the form's version. */
export const LOG_MARKER = "zitadel-siem/1";
/** ZITADEL cuts a logged message at 1999 bytes; a script keeps the whole line within so many. Bytes. */
export const LOG_LINE_BYTES = 1900;

/*
 * Both sources carry the same three: the organization whose secret signed (a hint which secrets to try, never
 * believed), the HMAC-SHA256 of the claim's text in UTF-8 with that secret (64 hex digits), and the text.
 *
 * log:      `zitadel-siem/1 <organization id> <signature> <claim's text>`
 * webhook:  POST with the JSON object below. ZITADEL encodes the body anew, so the claim is a string in it.
 */

/** Body of a webhook call. */
export interface LoginCall {
  organization: string;
  signature: string;
  record: string;
}
