/** What of what was written has been delivered. */
export interface Tally {
  /** Events. */
  written: number;
  delivered: number;
  /** Seconds since the creation of the oldest event that was not delivered; 0 if there is none. */
  lag: number;
  /** Events that are not delivered although they have had time. */
  missing: number;
}

/** An undelivered event counts as missing when it is older than that. Microseconds. */
const GRACE = 10_000_000;

/** The key under which an event is found on both sides: its place in its aggregate's history and its time. */
export function eventKey(
  aggregateType: string,
  aggregateId: string,
  sequence: string | number,
  createdMicros: number,
): string {
  return JSON.stringify([aggregateType, aggregateId, String(sequence), createdMicros]);
}

/**
 * @param written creation times in microseconds, by key
 * @param undelivered creation times of those that have not arrived
 * @param now microseconds; undefined: there is no more time to come, what is undelivered is missing
 */
export function tally(
  written: ReadonlyMap<string, number>,
  undelivered: readonly number[],
  now: number | undefined,
): Tally {
  const oldest = undelivered.reduce((least, created) => Math.min(least, created), Number.POSITIVE_INFINITY);
  const missing =
    now === undefined ? undelivered.length : undelivered.filter((created) => now - created > GRACE).length;
  return {
    written: written.size,
    delivered: written.size - undelivered.length,
    lag: undelivered.length === 0 || now === undefined ? 0 : Math.max(0, (now - oldest) / 1e6),
    missing,
  };
}

/**
 * One line for the person at the terminal.
 * @param logins of the login checks among the events; undefined where nobody knows
 */
export function tallyLine(
  seconds: number,
  { written, delivered, lag, missing }: Tally,
  logins?: Tally,
): string {
  const time = `${Math.round(seconds)} s`.padStart(7);
  const reported = logins ? `  logins ${logins.delivered} of ${logins.written}` : "";
  return `${time}  written ${written}  delivered ${delivered}  lag ${lag.toFixed(1)} s  missing ${missing}${reported}`;
}
