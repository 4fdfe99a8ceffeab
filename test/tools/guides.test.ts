import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";

const root = join(__dirname, "..", "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const guides = ["ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"];

it.each(guides)("%s: links lead somewhere, and files and folders that it names are there", (guide) => {
  const text = read(guide);
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path]) => path!);
  const named = [
    ...text.matchAll(/`((?:contract|forwarder|components|test|docs|examples|tools)\/[^`<…]*)`/g),
  ].map(([, path]) => path!);
  console.log(`${guide}: ${links.length} links, ${named.length} places`);
  for (const path of [...links, ...named])
    expect(existsSync(join(root, dirname(guide), path)), path).toBe(true);
});

it("CONTRIBUTING names every stage of the tests, and scripts that are there", () => {
  const text = read("CONTRIBUTING.md");
  const { scripts } = JSON.parse(read("package.json"));
  const stages = [
    ...read("vitest.config.mts")
      .split("export default")[0]!
      .matchAll(/^ {2}(\w+): \{/gm),
  ].map(([, stage]) => stage!);
  expect(stages.length).toBeGreaterThan(5);
  for (const stage of stages) expect(text).toContain(`| \`${stage}\` |`);
  for (const [, script] of text.matchAll(/npm run (\w+)/g)) expect(Object.keys(scripts)).toContain(script);
});

it("CHANGELOG begins with the package's version", () => {
  const [, version] = /^## (\S+)/m.exec(read("CHANGELOG.md"))!;
  expect(version).toBe(JSON.parse(read("components/package.json")).version);
});
