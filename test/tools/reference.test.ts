import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import Ajv2020 from "ajv/dist/2020";
import { describe, expect, it } from "vitest";
import { alerts } from "../../components/kubernetes/alerts";
import { webhookAlerts } from "../../components/kubernetes/webhookAlerts";
import { checkConfiguration } from "../../contract";
import { noticeTypes } from "../../forwarder/records/notice";
import { configurationJsonSchema } from "../../tools/reference/configuration";
import { referenceFiles } from "../../tools/reference/files";
import { forwarderMetrics } from "../../tools/reference/metrics";
import { anchor } from "../../tools/reference/page";

const root = join(__dirname, "..", "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const pages = referenceFiles().filter(({ name }) => name.endsWith(".md"));

/** The sources below a folder. */
const sources = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.includes("node_modules"))
    .map((name) => join(folder, name));

describe("the pages of the reference", () => {
  it.each(pages)("$name: every link leads to a file and a heading that is there", ({ name, text }) => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
    for (const [, path, heading] of links) {
      const file = resolve(root, "docs", "reference", path === "" ? name : path!);
      expect(existsSync(file), path).toBe(true);
      if (heading === undefined) continue;
      const target = path === "" ? text : readFileSync(file, "utf8");
      const headings = [...target.matchAll(/^#+ (.*)$/gm)].map(([, one]) => anchor(one!));
      expect(headings, `${path}#${heading}`).toContain(heading);
    }
    console.log(`${name}: ${links.length} links`);
  });

  it("describe every type that the arguments' TypeScript exports", () => {
    const exported = [...read("components/arguments.ts").matchAll(/^export (?:interface|const) (\w+)/gm)];
    const { text } = pages.find(({ name }) => name === "arguments.md")!;
    console.log(`${exported.length} types`);
    expect(exported.length).toBeGreaterThan(40);
    for (const [, name] of exported) expect(text).toContain(`\n## ${name}\n`);
  });

  it.each(pages)("$name is linked from the README or from a page of the documentation", ({ name }) => {
    const linked = ["README.md", "docs/operations.md", "docs/filters.md"].map(read).join("\n");
    expect(linked).toContain(`reference/${name}`);
  });
});

describe("the JSON Schema of the configuration", () => {
  const validate = new Ajv2020({ strict: true, strictTypes: false }).compile(configurationJsonSchema());
  const accepted = readdirSync(join(root, "test/components/golden"))
    .filter((name) => name !== "schema.golden.json")
    .flatMap((name) => configurationsIn(JSON.parse(read(`test/components/golden/${name}`))));

  it("takes every configuration that the component writes", () => {
    console.log(`${accepted.length} configurations`);
    expect(accepted.length).toBeGreaterThan(4);
    for (const one of accepted) {
      expect(checkConfiguration(one).problems).toBeUndefined();
      expect(validate(one), JSON.stringify(validate.errors)).toBe(true);
    }
  });

  it("refuses what is not known, has another type or is beyond its limits", () => {
    const [one] = accepted as [{ events: object; destinations: object[] }];
    expect(validate({ ...one, further: 1 })).toBe(false);
    expect(validate({ ...one, events: { ...one.events, sweepSeconds: 59 } })).toBe(false);
    expect(validate({ ...one, events: { ...one.events, sweepSeconds: "60" } })).toBe(false);
    expect(validate({ ...one, destinations: [] })).toBe(false);
  });
});

/** The configurations of the forwarder in what a stack creates. */
function configurationsIn(value: unknown): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "configuration.json" ? [JSON.parse(inner)] : configurationsIn(inner),
  );
}

it("no metric is missing: whatever makes one is asked for it", () => {
  const making = sources("forwarder").filter((file) => /new (Counter|Gauge|Histogram)\b/.test(read(file)));
  const asked = [...read("tools/reference/metrics.ts").matchAll(/from "(\.[^"]+)"/g)].map(
    ([, path]) => `${resolve(root, "tools/reference", path!).slice(root.length + 1)}.ts`,
  );
  expect(making.length).toBeGreaterThan(4);
  for (const file of making) expect(asked, file).toContain(file);
  const metrics = [...forwarderMetrics().values()].flat();
  console.log(`${metrics.length} metrics`);
  expect(new Set(metrics.map(({ name }) => name)).size).toBe(metrics.length);
});

it("every type of notice is reported somewhere", () => {
  const texts = sources("forwarder")
    .filter((file) => !file.endsWith("records/notice.ts"))
    .map(read);
  for (const type of Object.keys(noticeTypes))
    expect(
      texts.some((text) => text.includes(`type: "${type}"`)),
      type,
    ).toBe(true);
});

it("operations.md says of every alert what to do", () => {
  const page = read("docs/operations.md");
  for (const { alert } of [...alerts("", true), ...webhookAlerts("", 2)])
    expect(page).toContain(`| \`${alert}\` |`);
});
