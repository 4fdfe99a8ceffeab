/** The longest pause that a `Retry-After` is followed for: an hour. */
const LONGEST_MILLIS = 3_600_000;

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
  return Math.min(Math.max(0, millis), LONGEST_MILLIS);
}
