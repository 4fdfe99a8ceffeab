/**
 * Times of log lines as the container runtime writes them: RFC 3339 with up to nine fraction digits, in the
 * node's zone. Kept as texts in UTC with all nine digits, which sort as the times do: a nanosecond fits no number.
 */
export type LogTime = string;

const rfc3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

/** The time in its one form; undefined when it is none. */
export function readLogTime(text: string): LogTime | undefined {
  const found = rfc3339.exec(text);
  if (!found) return undefined;
  const millis = Date.parse(`${found[1]}${found[3]}`);
  if (Number.isNaN(millis)) return undefined;
  return `${new Date(millis).toISOString().slice(0, 19)}.${(found[2] ?? "").padEnd(9, "0")}Z`;
}

/** Microseconds since 1970, what is finer cut off. */
export function logMicros(time: LogTime): number {
  return Date.parse(`${time.slice(0, 19)}Z`) * 1000 + Number(time.slice(20, 26));
}

/** A second before: what the API is asked for, which knows whole seconds only. */
export function secondBefore(time: LogTime): string {
  return `${new Date(Date.parse(`${time.slice(0, 19)}Z`) - 1000).toISOString().slice(0, 19)}Z`;
}
