import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import ts from "typescript";

/** What lies below them and is made from the sources. */
const made = ["dist", "node_modules"];

/** The sources of TypeScript below a folder. */
export function sourcesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return made.includes(entry.name) ? [] : sourcesBelow(path);
    return entry.name.endsWith(".ts") ? [path] : [];
  });
}

/** The files that a file imports, as far as they are of the repository. Throws where one is not there. */
export function importsOf(file: string): string[] {
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
export function specifiersIn(text: string): string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
}
