/**
 * ZITADEL's times as integer microseconds since 1970. A JavaScript Date holds milliseconds only, and events
 * are told apart and read by microseconds, so a time never goes through one with its fraction.
 */

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/** Microseconds beyond these years are no longer exact integers in a JavaScript number. */
const FIRST_YEAR = 1685;
const LAST_YEAR = 2254;

/** A text that is no RFC 3339 time with a zone, or one outside the years 1685 to 2254. */
export class InvalidTimeError extends Error {
  override name = "InvalidTimeError";
  constructor() {
    super("is not an RFC 3339 time with a zone between the years 1685 and 2254");
  }
}

/**
 * Integer microseconds since 1970 of an RFC 3339 time with 0 to 9 fraction digits and a zone. What is finer
 * than a microsecond is cut off, as ZITADEL does. Throws InvalidTimeError, which does not repeat the text.
 */
export function creationMicros(creationDate: string): number {
  const parts = rfc3339.exec(creationDate);
  if (!parts) throw new InvalidTimeError();
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (year < FIRST_YEAR || year > LAST_YEAR || hour > 23 || minute > 59 || second > 59)
    throw new InvalidTimeError();
  const millis = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(millis);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) throw new InvalidTimeError();
  const fraction = parts[7] === undefined ? 0 : Number(parts[7].padEnd(6, "0").slice(0, 6));
  return (millis / 1000 - offsetSeconds(parts[8], parts[9], parts[10])) * 1_000_000 + fraction;
}

function offsetSeconds(sign: string | undefined, hours: string | undefined, minutes: string | undefined) {
  if (sign === undefined) return 0;
  if (Number(hours) > 23 || Number(minutes) > 59) throw new InvalidTimeError();
  return (sign === "-" ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
}

/** The inverse: RFC 3339 in UTC with six fraction digits, `2026-11-22T10:03:11.749184Z`. */
export function formatMicros(micros: number): string {
  const seconds = Math.floor(micros / 1_000_000);
  const fraction = micros - seconds * 1_000_000;
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(fraction).padStart(6, "0")}Z`;
}
