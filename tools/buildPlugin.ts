/**
 * Makes the package of components a plugin that Pulumi's engine starts by itself, for programs in YAML, Python, Go, …:
 * an executable `pulumi-resource-zitadel-siem`, one file with all that it needs but Node. Where the engine has only
 * the package, Node's language host starts it and loads Pulumi's whole SDK and TypeScript first, in every preview.
 *
 * `npm run plugin -- <folder>` writes it into the folder, which is made. Then the folder is put on PATH, or named in
 * Pulumi.yaml as `plugins: { providers: [{ name: zitadel-siem, path: <folder> }] }`.
 */
import { chmodSync, cpSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { build, type Plugin } from "esbuild";

const NAME = "pulumi-resource-zitadel-siem";
/** What the program reads in its package's folder at run time, and what the package says of itself. */
const FILES = ["package.json", "dist/schema.json", "dist/forwarder.cjs", "actions/loginAction.js"];

/**
 * Leaves out what a plugin never reaches of Pulumi's SDK: the Automation API, and the serialization of functions,
 * which is what needs npm and TypeScript.
 */
const withoutUnused: Plugin = {
  name: "without-unused",
  setup({ onLoad }) {
    const unused = /@pulumi\/pulumi\/(automation|runtime\/closure)\/.*\.js$/;
    onLoad({ filter: unused }, () => ({ contents: "" }));
  },
};

/**
 * @param components folder of the package, built; its dependencies are those that Node finds from there
 * @param folder where the plugin goes
 */
export async function buildPlugin(components: string, folder: string): Promise<void> {
  for (const file of FILES) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(components, file), join(folder, file));
  }
  const outfile = join(folder, NAME);
  await build({
    entryPoints: [join(components, "dist", "plugin.js")],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    banner: { js: "#!/usr/bin/env node" },
    legalComments: "eof",
    logLevel: "warning",
    // Loaded by name when a program in TypeScript is run, which a plugin never does.
    external: ["*/vendor/typescript@3.8.3/typescript.js", "*/vendor/ts-node@7.0.1/index.js", "typescript"],
    plugins: [withoutUnused],
  });
  chmodSync(outfile, 0o755);
}

if (require.main === module) {
  const [folder] = process.argv.slice(2);
  if (!folder) {
    console.error("Say where the plugin goes: npm run plugin -- <folder>");
    process.exitCode = 2;
  } else {
    const components = join(__dirname, "..", "components");
    buildPlugin(components, resolve(folder)).then(
      () => console.log(`written: ${join(folder, NAME)}`),
      (error: Error) => {
        console.error(`${error.message}\nIf it was not built yet: npm run build`);
        process.exitCode = 1;
      },
    );
  }
}
