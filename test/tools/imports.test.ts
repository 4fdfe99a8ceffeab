import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";

const repository = join(__dirname, "../..");
/** Folders whose files must not import one another in a circle. */
const roots = ["components", "contract", "forwarder"];
/** What lies below them and is made from the sources. */
const made = ["dist", "node_modules"];

it.each(roots)("no files of %s import one another in a circle, not even for types", (root) => {
  const files = sourcesBelow(join(repository, root));
  expect(files.length).toBeGreaterThan(10);
  const imports = new Map(files.map((file) => [file, importsOf(file)]));
  expect(circles(imports).map((circle) => circle.map((file) => relative(repository, file)))).toEqual([]);
});

it("a circle is found, however long, and what only leads to it is no part of it", () => {
  const imports = new Map([
    ["outside", ["a"]],
    ["a", ["b", "leaf"]],
    ["b", ["c"]],
    ["c", ["a"]],
    ["leaf", []],
    ["itself", ["itself"]],
  ]);
  expect(circles(imports).map((circle) => circle.toSorted())).toEqual([["a", "b", "c"], ["itself"]]);
});

it("imports are found in every form", () => {
  const text = `import a from "./a"; import type { B } from "./b"; export * from "./c"; export type { D } from "./d";
    const e = await import("./e"); type F = import("./f").F; import "./g"; const h = require("./h"); // import "./not"
    const no = 'import "./neither"';`;
  expect(specifiersIn(text)).toEqual(["./a", "./b", "./c", "./d", "./e", "./f", "./g", "./h"]);
});

function sourcesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return made.includes(entry.name) ? [] : sourcesBelow(path);
    return entry.name.endsWith(".ts") ? [path] : [];
  });
}

/** The files that a file imports, as far as they are of the repository. Throws where one is not there. */
function importsOf(file: string): string[] {
  return specifiersIn(readFileSync(file, "utf8"))
    .filter((specifier) => specifier.startsWith("."))
    .map((specifier) => {
      const path = resolve(dirname(file), specifier);
      const found = [path, `${path}.ts`, join(path, "index.ts")].find((one) => ts.sys.fileExists(one));
      if (found === undefined) throw new Error(`${file} imports ${specifier}, which is not there`);
      return found;
    });
}

/** What a text of TypeScript imports, types too. */
function specifiersIn(text: string): string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
}

/** The strongly connected parts of a graph that hold an edge (Tarjan's algorithm). */
function circles(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = [];
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const path: string[] = [];
  const visit = (file: string) => {
    const at = order.size;
    order.set(file, at);
    low.set(file, at);
    path.push(file);
    for (const imported of imports.get(file) ?? []) {
      if (!order.has(imported)) visit(imported);
      if (path.includes(imported)) low.set(file, Math.min(low.get(file)!, low.get(imported)!));
    }
    if (low.get(file) !== at) return;
    const part = path.splice(path.indexOf(file));
    if (part.length > 1 || imports.get(file)?.includes(file)) found.push(part);
  };
  for (const file of imports.keys()) if (!order.has(file)) visit(file);
  return found;
}
