import type { Outcome } from "./destination";

/** The longest pause that a destination's `Retry-After` is followed for: an hour. */
const LONGEST_RETRY_AFTER_MILLIS = 3_600_000;

/** What an HTTP answer means for the batch. */
export function outcomeOfAnswer(status: number, retryAfter: string | undefined, nowMillis: number): Outcome {
  const reason = `answered ${status}`;
  if (status >= 200 && status < 300) return { kind: "acknowledged" };
  if (status === 408 || status === 425 || status === 429 || status >= 500)
    return { kind: "retry", reason, afterMillis: retryAfterMillis(retryAfter, nowMillis) };
  if (status === 400 || status === 413 || status === 422) return { kind: "refused", reason };
  return { kind: "fault", reason, remedy: remedies[status] ?? remedyFor(status) };
}

const remedies: Record<number, string> = {
  401: "give a valid credential: its file is read again when it changes",
  403: "allow this credential to write there, or give another",
  404: "correct the destination's url: nothing takes records there",
  405: "correct the destination's url: it must take POST",
  407: "let the forwarder reach the destination without the proxy that asks for a credential",
  415: "set body to the other form or gzip to false: the destination does not read this one",
};

function remedyFor(status: number): string {
  return status >= 300 && status < 400
    ? "set the destination's url to where it redirects to: redirects are not followed"
    : "look into the destination's own log for why it refuses requests";
}

/** How an HTTP date begins and what it holds: Date.parse alone takes almost any word with a number for a date. */
const httpDate = /^(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?,? .*\d{2}:\d{2}:\d{2}/;

/** `Retry-After` as milliseconds from now: seconds or an HTTP date (RFC 9110, section 10.2.3). */
export function retryAfterMillis(value: string | undefined, nowMillis: number): number | undefined {
  if (value === undefined) return undefined;
  const millis = /^\d+$/.test(value)
    ? Number(value) * 1000
    : httpDate.test(value)
      ? Date.parse(value) - nowMillis
      : Number.NaN;
  if (Number.isNaN(millis)) return undefined;
  return Math.min(Math.max(0, millis), LONGEST_RETRY_AFTER_MILLIS);
}

/** Codes of Node's TLS for a certificate that is not to be trusted. */
const certificateProblem =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_|ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)/;

/** What it means that no answer came. Only the error's code is repeated: its message may hold the address. */
export function outcomeOfError(error: unknown): Outcome {
  const code = errorCode(error);
  if (certificateProblem.test(code))
    return {
      kind: "fault",
      reason: `its certificate is not trusted (${code})`,
      remedy: "give the authority that signed it as caFile, and a url with the name that is in it",
    };
  return { kind: "retry", reason: `no answer (${code})` };
}

function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return "unknown error";
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.cause === undefined ? error.name : errorCode(error.cause);
}
