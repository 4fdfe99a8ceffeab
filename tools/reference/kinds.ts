/** docs/reference/kinds.md: each kind of destination in short. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type DestinationKind, kindNames, kindOf } from "../../contract/destinations/registry";
import { metaOf, propertiesOf } from "../../contract/schema/described";
import { page, table } from "./page";
import { typeLink } from "./types";

const introduction = `What a destination can be. *Sent*: the records left the forwarder. *Accepted*: the destination answered that it has them.
*Indexed*: they can be found there. The format named first is the default.`;

/** The text of the page. */
export function renderKindsPage(): string {
  const rows = kindNames.map((name) => {
    const { formats, settings } = kindOf(name);
    return [
      `[\`${name}\`](#${name})`,
      formats.map((format) => `\`${format}\``).join(", "),
      acknowledgementOf(name),
      typeLink(metaOf(settings).typeName!, "arguments.md"),
      `[page](../destinations/${name}.md)`,
      examplesOf(name).join(", "),
    ];
  });
  const columns = ["kind", "formats", "acknowledgement", "settings", "how it is set up", "examples"];
  return page("Kinds of destinations", "contract/destinations/registry.ts", [
    introduction,
    table(columns, rows),
    ...kindNames.map(section),
  ]);
}

function section(name: DestinationKind): string {
  const { description, settings, ordered } = kindOf(name);
  const order = ordered ? " With `ordered` one request is under way at a time." : "";
  return `## ${name}\n\n${description}${order} ${metaOf(settings).typeDescription}`;
}

/** "accepted, with `acknowledgement` indexed": the level, and what changes it. */
function acknowledgementOf(name: DestinationKind): string {
  const { settings, acknowledgement } = kindOf(name);
  const properties = Object.entries(propertiesOf(settings)!);
  const initial = Object.fromEntries(
    properties.map(([property, schema]) => [property, schema.safeParse(undefined).data]),
  );
  const level = acknowledgement(initial);
  const switches = Object.entries(initial).filter(([, value]) => typeof value === "boolean");
  const others = switches.flatMap(([property, value]) => {
    const other = acknowledgement({ ...initial, [property]: !value });
    return other === level ? [] : [`${value ? "without" : "with"} \`${property}\` ${other}`];
  });
  return [level, ...others].join(", ");
}

/** The examples that the kind's page links. */
function examplesOf(name: DestinationKind): string[] {
  const text = readFileSync(join(__dirname, "..", "..", "docs", "destinations", `${name}.md`), "utf8");
  const linked = [...text.matchAll(/\]\(\.\.\/\.\.\/examples\/([\w-]+)\)/g)].map(([, example]) => example!);
  if (linked.length === 0) throw new Error(`docs/destinations/${name}.md links no example: link one`);
  return [...new Set(linked)].map((example) => `[${example}](../../examples/${example})`);
}
