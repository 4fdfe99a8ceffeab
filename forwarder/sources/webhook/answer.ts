/** Why a call was refused: the label of the metric, and the words of the answer. */
export type Refusal =
  | "not found"
  | "not post"
  | "malformed"
  | "too large"
  | "headers too large"
  | "too slow"
  | "unsigned"
  | "unknown organization"
  | "wrong signature"
  | "old signature"
  | "too old"
  | "in the future"
  | "replay"
  | "too many"
  | "too many connections"
  | "secret unreadable"
  | "starting"
  | "journal full";

/** The HTTP status of each: https://www.rfc-editor.org/rfc/rfc9110#name-status-codes */
export const statusOf: Record<Refusal, number> = {
  "not found": 404,
  "not post": 405,
  malformed: 400,
  "too large": 413,
  "headers too large": 431,
  "too slow": 408,
  unsigned: 401,
  "unknown organization": 403,
  "wrong signature": 403,
  "old signature": 403,
  "too old": 409,
  "in the future": 409,
  replay: 409,
  "too many": 429,
  // Its connection is closed: nobody is left to tell.
  "too many connections": 503,
  "secret unreadable": 503,
  starting: 503,
  "journal full": 503,
};

/** Refusals of calls that no secret signed: only so many a second are answered why, the others get 429. */
const unproven: ReadonlySet<Refusal> = new Set([
  "not found",
  "not post",
  "malformed",
  "too large",
  "headers too large",
  "unsigned",
  "unknown organization",
  "wrong signature",
  "old signature",
]);

export const isUnproven = (refusal: Refusal): boolean => unproven.has(refusal);
