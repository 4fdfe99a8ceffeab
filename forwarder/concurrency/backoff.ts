/** Pauses between attempts: the first, or the most that it can be, and the longest. Milliseconds. */
export interface Backoff {
  first: number;
  longest: number;
}

/** Exponential backoff without jitter, milliseconds. `failures`: how often it has failed so far, from 1. */
export function exponentialMillis(failures: number, { first, longest }: Backoff): number {
  return Math.min(longest, first * 2 ** Math.min(failures - 1, 30));
}

/** Of a destination, or a range that is read again. */
const DELIVERY: Backoff = { first: 500, longest: 60_000 };

/**
 * How long to wait before an attempt to deliver, milliseconds: exponential with full jitter, so that lanes and pods do
 * not come back all at once (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 *
 * @param failures how often it has failed so far, from 1
 * @param random in [0, 1)
 * @param askedMillis the pause that the other side asked for: never less than that
 */
export function backoffMillis(failures: number, random: number, askedMillis = 0): number {
  return askedMillis + Math.floor(random * exponentialMillis(failures, DELIVERY));
}
