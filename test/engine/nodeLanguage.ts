import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { writeExecutable } from "../../local/enginePlugins";

/** Puts `pulumi-language-nodejs` (nodeLanguageHost.ts) into a folder below `parent`, and gives that folder. */
export async function installNodeLanguage(parent: string): Promise<string> {
  const folder = join(parent, "node-language");
  mkdirSync(folder, { recursive: true });
  const bundle = join(folder, "nodeLanguageHost.cjs");
  await build({
    entryPoints: [join(__dirname, "nodeLanguageHost.ts")],
    bundle: true,
    platform: "node",
    target: "node24",
    outfile: bundle,
    logLevel: "error",
  });
  writeExecutable(join(folder, "pulumi-language-nodejs"), [process.execPath, bundle]);
  return folder;
}
