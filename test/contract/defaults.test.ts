import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import * as z from "zod";
import { configurationSchema } from "../../contract/configuration";
import { componentArguments } from "../../contract/declaration/components";
import { innerSchema, itemOf } from "../../contract/schema/described";

const root = join(__dirname, "..", "..");

/** The defaults of the contract that are a text, a number, a switch, or a list of them, by the property's name. */
const defaults = new Map<string, Set<string>>();
const visit = (name: string, schema: z.ZodType): void => {
  const inner = innerSchema(itemOf(schema) ?? schema);
  if (inner instanceof z.ZodObject)
    for (const [property, described] of Object.entries(inner.shape as Record<string, z.ZodType>))
      visit(property, described);
  const { data } = schema.safeParse(undefined);
  for (const value of Array.isArray(data) ? data : [data])
    if (["string", "number", "boolean"].includes(typeof value))
      defaults.set(name, (defaults.get(name) ?? new Set()).add(String(value)));
};
for (const schema of Object.values(componentArguments)) visit("", schema);
visit("", configurationSchema);
const pairs = [...defaults].flatMap(([name, values]) => [...values].map((value) => ({ name, value })));

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");

/** Lines of files that match what is said of a default, as `file: line`. */
function found(files: readonly string[], pattern: (name: string, value: string) => RegExp): string[] {
  const texts = files.map((file) => ({ file, lines: readFileSync(join(root, file), "utf8").split("\n") }));
  return pairs.flatMap(({ name, value }) => {
    const wanted = pattern(escaped(name), escaped(value));
    return texts.flatMap(({ file, lines }) =>
      lines.filter((line) => wanted.test(line)).map((line) => `${file}: ${name} ${value}: ${line.trim()}`),
    );
  });
}

const filesBelow = (folder: string, ending: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(ending) && !/(^|\/)(dist|node_modules|reference)\//.test(file))
    .map((file) => join(folder, file));

it("no code repeats a default beside the property's name", () => {
  const files = ["components", "forwarder", "contract"].flatMap((folder) => filesBelow(folder, ".ts"));
  console.log(`${pairs.length} defaults, ${files.length} files`);
  expect(pairs.length).toBeGreaterThan(50);
  expect(
    found(
      files,
      (name, value) =>
        new RegExp(`\\b${name}\\b[^;,]{0,20}?(\\?\\?|[^=!<>]=) *\\[?["'\`]?${value}["'\`]?(?![\\w.])`),
    ),
  ).toEqual([]);
});

it("no page repeats a default: the reference has them", () => {
  const files = [...filesBelow("docs", ".md"), "README.md", "examples/README.md"];
  console.log(`${pairs.length} defaults, ${files.length} pages`);
  const beside = (name: string, value: string) => {
    const property = `\`(?:\\w+\\.)*${name}\``;
    const given = `(?<![\\w.])\`?${value}\`?(?![\\w.])`;
    return new RegExp(
      `${property} \\(${given}\\)|${property}[^.|]{0,60}\\bdefault\\b[^.|]{0,30}${given}|${given}[^.|]{0,40}\\bdefault\\b`,
    );
  };
  expect(found(files, beside)).toEqual([]);
});
