/**
 * Durations as Go writes them ("10s", "1m30s", "1.5h"), which is how the provider takes and gives an action's
 * timeout, and as protobuf's JSON does ("90s", "0.500s"), which is how ZITADEL's REST API does. In between they are
 * nanoseconds.
 */

const units: Record<string, number> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3_600e9,
};
const term = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;

/** Nanoseconds of a duration in Go's form. Throws what Go's time.ParseDuration answers. */
export function parseGoDuration(text: string): number {
  const [, sign, terms = ""] = /^([+-]?)(.*)$/s.exec(text)!;
  if (terms === "0") {
    return 0;
  }
  if (terms === "" || terms.replace(term, "") !== "") {
    throw new Error(`time: invalid duration ${JSON.stringify(text)}`);
  }
  const size = [...terms.matchAll(term)].reduce(
    (sum, [, amount, unit]) => sum + lengthOf(amount!, units[unit!]!),
    0,
  );
  return sign === "-" && size > 0 ? -size : size;
}

/** As Go counts it: the fraction by itself and cut off, for 2.07 times a billion is less than 2,070,000,000. */
function lengthOf(amount: string, unit: number): number {
  const [whole, fraction = ""] = amount.split(".");
  return Number(whole) * unit + Math.trunc(Number(fraction) * (unit / 10 ** fraction.length));
}

/** Go's form, in which a minute is "1m0s". */
export function formatGoDuration(nanoseconds: number): string {
  const sign = nanoseconds < 0 ? "-" : "";
  const size = Math.abs(nanoseconds);
  if (size === 0) {
    return "0s";
  }
  if (size < 1e9) {
    const unit = size < 1e3 ? "ns" : size < 1e6 ? "µs" : "ms";
    return `${sign}${size / units[unit]!}${unit}`;
  }
  const hours = Math.floor(size / 3_600e9);
  const minutes = Math.floor(size / 60e9) % 60;
  const seconds = (size % 60e9) / 1e9;
  return sign + (hours ? `${hours}h` : "") + (hours || minutes ? `${minutes}m` : "") + `${seconds}s`;
}

/** protobuf's form: seconds with no, 3, 6 or 9 digits after the point. */
export function toProtobuf(nanoseconds: number): string {
  const seconds = (nanoseconds / 1e9).toFixed(9);
  return seconds.replace(/\.?(?:000){1,3}$/, "") + "s";
}

/** Nanoseconds of protobuf's form; an absent field is 0. */
export function fromProtobuf(text: string | undefined): number {
  return text ? Math.round(Number(text.slice(0, -1)) * 1e9) : 0;
}
