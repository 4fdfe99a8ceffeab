/** The first pause lies between 0 and this. Milliseconds. */
const FIRST_MILLIS = 500;
/** No pause of our own choice is longer. Milliseconds. */
const LONGEST_MILLIS = 60_000;

/**
 * How long to wait before an attempt: exponential with full jitter, so that lanes and pods do not come back
 * all at once (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 *
 * @param failures how often it has failed so far, from 1
 * @param random in [0, 1)
 * @param askedMillis the pause that the other side asked for: never less than that
 */
export function pauseMillis(failures: number, random: number, askedMillis = 0): number {
  const most = Math.min(LONGEST_MILLIS, FIRST_MILLIS * 2 ** Math.min(failures - 1, 30));
  return askedMillis + Math.floor(random * most);
}
