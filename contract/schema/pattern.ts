/**
 * Whether a text matches one of the patterns, in which `*` stands for any text, also for none. In time that grows
 * with the text alone, whatever the patterns.
 */
export function matcher(patterns: readonly string[]): (text: string) => boolean {
  const all = patterns.map((pattern) => pattern.split("*"));
  return (text) => all.some((pieces) => matches(text, pieces));
}

/** Whether the pieces stand in the text in their order, the first at its beginning and the last at its end. */
function matches(text: string, [first = "", ...others]: readonly string[]): boolean {
  const last = others.pop();
  if (last === undefined) return text === first;
  const end = text.length - last.length;
  let from = first.length;
  if (from > end || !text.startsWith(first) || !text.endsWith(last)) return false;
  for (const piece of others) {
    const found = text.indexOf(piece, from);
    if (found === -1 || found + piece.length > end) return false;
    from = found + piece.length;
  }
  return true;
}

/**
 * The candidate that a text was probably meant to be, if there is one: at most `letters` of them are different, by
 * default one in three.
 */
export function nearest(text: string, candidates: readonly string[], letters?: number): string | undefined {
  if (candidates.length === 0) return undefined;
  const candidate = closest(text, candidates);
  const most = letters ?? Math.max(1, Math.floor(Math.min(text.length, candidate.length) / 3));
  return distanceBetween(text.toLowerCase(), candidate.toLowerCase()) <= most ? candidate : undefined;
}

/** The candidate that takes the fewest changed, added and removed letters to become. */
export function closest(text: string, candidates: readonly string[]): string {
  let best = { candidate: "", distance: Number.POSITIVE_INFINITY };
  for (const candidate of candidates) {
    const distance = distanceBetween(text, candidate);
    if (distance < best.distance) best = { candidate, distance };
  }
  return best.candidate;
}

/** Levenshtein's distance; of a long text only the beginning counts. */
function distanceBetween(text: string, candidate: string): number {
  const a = text.slice(0, 100);
  let row = Array.from({ length: candidate.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= candidate.length; j += 1) {
      const replaced = row[j - 1]! + (a[i - 1] === candidate[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row.at(-1)!;
}
