const FORMAT = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|([+-])(\d\d):(\d\d))$/;

/**
 * Reads an RFC 3339 timestamp as microseconds since 1970. Finer digits are cut off, as PostgreSQL's
 * driver does with the bounds of a search (recording es-33). Undefined if it is no timestamp.
 */
export function parseTimestamp(text: string): number | undefined {
  const match = FORMAT.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction = "", , sign, offsetHours, offsetMinutes] = match;
  const fields = [Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute)] as const;
  const milliseconds = Date.UTC(...fields, Number(second));
  const date = new Date(milliseconds);
  const rolledOver = date.getUTCMonth() !== fields[1] || date.getUTCDate() !== fields[2] || Number(hour) > 23;
  if (rolledOver || Number(minute) > 59 || Number(second) > 59 || fields[0] === 0) return undefined;
  const offset = sign ? (Number(offsetHours) * 60 + Number(offsetMinutes)) * (sign === "-" ? -60 : 60) : 0;
  return (milliseconds - offset * 1000) * 1000 + Number(fraction.slice(0, 6).padEnd(6, "0"));
}

/** Prints microseconds since 1970 as protojson does: 6 fraction digits, or 3, or none. */
export function formatTimestamp(microseconds: number): string {
  const milliseconds = Math.floor(microseconds / 1000);
  const iso = new Date(milliseconds).toISOString();
  const rest = microseconds - milliseconds * 1000;
  if (rest !== 0) return `${iso.slice(0, -1)}${String(rest).padStart(3, "0")}Z`;
  return milliseconds % 1000 === 0 ? `${iso.slice(0, 19)}Z` : iso;
}

/** Prints microseconds since 1970 as Go does in payloads: fraction digits without trailing zeros. */
export function formatGoTime(microseconds: number): string {
  return formatTimestamp(microseconds).replace(/(\.\d*?)0+Z$/, "$1Z");
}
