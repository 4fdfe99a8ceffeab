import { type Aim, type Figure, isMet, median } from "./figure";

/** The figures as a Markdown table, each with the range of its rounds, its aim and whether that is met. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map(({ what, rounds, unit, aim }) => {
    const value = median(rounds);
    return [
      what,
      `${shown(value)} ${unit}`.trim(),
      rounds.length > 1 ? `${shown(Math.min(...rounds))} to ${shown(Math.max(...rounds))}` : "",
      aim ? shownAim(aim, unit) : "",
      aim ? (isMet(aim, value) ? "met" : "MISSED") : "",
    ];
  });
  const cells = [["what", "median", "rounds", "aim", ""], ...rows];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const line = (row: string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  return [line(cells[0]!), rule, ...cells.slice(1).map(line)].join("\n");
}

function shownAim(aim: Aim, unit: string): string {
  const [[kind, bound]] = Object.entries(aim) as [[string, number]];
  const words: Record<string, string> = { atLeast: "at least", atMost: "at most", below: "below" };
  return `${words[kind]} ${shown(bound)} ${unit}`.trim();
}

/** Three digits that count, and never a fraction of a large number. */
function shown(value: number): string {
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return Number(value.toFixed(Math.min(digits, 6))).toLocaleString("en-US", { maximumFractionDigits: 6 });
}
