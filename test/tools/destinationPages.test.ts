import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { kindNames, kindOf } from "../../contract";
import { metaOf } from "../../contract/schema/described";
import { anchor } from "../../tools/reference/page";

const root = join(__dirname, "..", "..");
const read = (...path: string[]) => readFileSync(join(root, ...path), "utf8");
const examples = readdirSync(join(root, "examples")).filter((name) => !name.includes("."));

/** The example's program as text. */
const program = (name: string) =>
  read("examples", name, existsSync(join(root, "examples", name, "index.ts")) ? "index.ts" : "Pulumi.yaml");

test.each(kindNames)("%s has a page, which says what to set up, links an example that uses it", (kind) => {
  const page = read("docs", "destinations", `${kind}.md`);
  expect(read("README.md")).toContain(`(docs/destinations/${kind}.md)`);
  const linked = [...page.matchAll(/\]\(\.\.\/\.\.\/examples\/([\w-]+)\)/g)].map(([, name]) => name!);
  const using = linked.filter((name) => new RegExp(`\\b${kind}: \\{`).test(program(name)));
  expect(using, "linked examples that use it").not.toEqual([]);
});

test.each(kindNames)("%s: the page links where all its settings are", (kind) => {
  const { typeName } = metaOf(kindOf(kind).settings);
  expect(read("docs", "destinations", `${kind}.md`)).toContain(
    `](../reference/arguments.md#${anchor(typeName!)})`,
  );
});

test.each(kindNames)("%s: the page says what an acknowledgement means", (kind) => {
  const page = read("docs", "destinations", `${kind}.md`);
  const [, meaning] = page.split("\n## What an acknowledgement means\n");
  expect(meaning).toMatch(/\*(indexed|accepted|sent)\*/);
});

test("every example is in the list of examples", () => {
  const list = read("examples", "README.md");
  for (const name of examples) expect(list).toContain(`[${name}](${name})`);
});
