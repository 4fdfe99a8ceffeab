/**
 * Compiles packages of this repository to their `dist`: JavaScript that needs no TypeScript at run time, and
 * declarations. What a package was compiled to before stays in place until it is written over, because a program
 * may be running from it; what is left there of sources that are gone is then removed.
 *
 * `npx tsx tools/compilePackage.ts <folder> …`
 */
import { execFileSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

/** Compiles the package in `folder` by its tsconfig.json. Throws with the compiler's messages when it fails. */
export function compilePackage(folder: string): void {
  const emitted = new Set(compile(folder));
  const outDir = join(folder, "dist");
  for (const entry of readdirSync(outDir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && /\.(js|d\.ts)$/.test(path) && !emitted.has(path)) rmSync(path);
  }
}

/** Absolute paths of the files that the compiler wrote. */
function compile(folder: string): string[] {
  const compiler = require.resolve("typescript/bin/tsc");
  try {
    const said = execFileSync(process.execPath, [compiler, "-p", folder, "--listEmittedFiles"], {
      encoding: "utf8",
      stdio: "pipe",
    });
    return [...said.matchAll(/^TSFILE: (.+)$/gm)].map(([, path]) => path!);
  } catch (error) {
    throw new Error(`${folder} does not compile:\n${(error as { stdout?: string }).stdout ?? error}`);
  }
}

if (require.main === module) for (const folder of process.argv.slice(2)) compilePackage(resolve(folder));
