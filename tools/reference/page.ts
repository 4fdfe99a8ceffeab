/** A page of the reference: what it is made from, a title, and its parts. */
export function page(title: string, from: string, parts: readonly string[]): string {
  const origin = `<!-- Generated from ${from} by tools/reference: change it there and run \`npm run generate\`. -->`;
  return `${[origin, `# ${title}`, ...parts].join("\n\n")}\n`;
}

/** A table of Markdown. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(columns), `|${columns.map(() => "---|").join("")}`, ...rows.map(line)].join("\n");
}

const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");

/** Where a heading of a page is found, as GitHub makes it: lower case, without signs, blanks as hyphens. */
export const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");
