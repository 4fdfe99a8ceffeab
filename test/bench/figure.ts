/** What a figure should be, by design. */
export type Aim = { atLeast: number } | { atMost: number } | { below: number };

/** One figure of the bench: what was seen in each round. */
export interface Figure {
  what: string;
  /** A value for each round; the median is the figure. */
  rounds: number[];
  unit: string;
  aim?: Aim;
}

/** One measurement: says what it does while it does it. */
export interface Measurement {
  name: string;
  run(say: (line: string) => void): Promise<Figure[]>;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Linear between the two nearest values. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new Error("a quantile of nothing");
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)]!;
  return low + (sorted[Math.ceil(at)]! - low) * (at - Math.floor(at));
}

export function isMet(aim: Aim, value: number): boolean {
  if ("atLeast" in aim) return value >= aim.atLeast;
  if ("atMost" in aim) return value <= aim.atMost;
  return value < aim.below;
}
