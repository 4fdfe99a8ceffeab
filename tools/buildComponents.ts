/**
 * Compiles the published package to `components/dist`: JavaScript that needs no TypeScript at run time, and
 * declarations. What is left there from files that are gone is removed; the forwarder's bundle stays.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const components = join(__dirname, "..", "components");

/** Builds the package in `folder`, by default this repository's. Throws with the compiler's messages when it fails. */
export function buildComponents(folder = components): void {
  removeCompiled(join(folder, "dist"));
  const compiler = require.resolve("typescript/bin/tsc");
  try {
    execFileSync(process.execPath, [compiler, "-p", folder], { stdio: "pipe" });
  } catch (error) {
    throw new Error(`components do not compile:\n${(error as { stdout?: Buffer }).stdout ?? error}`);
  }
}

function removeCompiled(outDir: string): void {
  try {
    for (const entry of readdirSync(outDir, { withFileTypes: true }))
      if (entry.isDirectory() || /\.(js|d\.ts)$/.test(entry.name))
        rmSync(join(outDir, entry.name), { recursive: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

if (require.main === module) buildComponents();
