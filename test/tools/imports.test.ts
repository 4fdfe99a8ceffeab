import { join, relative } from "node:path";
import { expect, it } from "vitest";
import { importsOf, sourcesBelow, specifiersIn } from "./imports";

const repository = join(__dirname, "../..");
/** Folders whose files must not import one another in a circle. */
const roots = ["components", "contract", "forwarder"];

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
