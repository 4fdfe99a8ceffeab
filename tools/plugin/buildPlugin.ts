/**
 * Makes the package of components a plugin that Pulumi's engine starts by itself, for programs in YAML, Python, Go, …:
 * an executable `pulumi-resource-zitadel-siem` and beside it all that it needs but Node. Where the engine has only
 * the package, Node's language host starts it and loads Pulumi's whole SDK and TypeScript first, in every preview.
 *
 * `npm run plugin -- <folder>` writes it into the folder, which is made. Then it is installed with
 * `pulumi plugin install resource zitadel-siem <version> --file <folder>`: Pulumi keeps the schema of what is installed,
 * and starts it only to construct components.
 */
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { build, type Plugin } from "esbuild";

const NAME = "pulumi-resource-zitadel-siem";
/** What the program reads in its package's folder at run time, and what the package says of itself. */
const FILES = ["package.json", "dist/schema.json", "dist/forwarder.cjs", "actions/loginAction.js"];
/** What whoever gets a copy has to get with it. */
const LICENCES = ["LICENSE", "dist/THIRD-PARTY-NOTICES.txt"];

/** The young generation begins with room for what a preview needs, else it is collected a dozen times. */
const LAUNCHER = `#!/bin/sh
exec node --min-semi-space-size=32 "\${0%/*}/start.cjs" "$@"
`;

/**
 * Leaves out what a plugin never reaches: of Pulumi's SDK the Automation API, and the serialization of functions, which
 * is what needs npm and TypeScript; the translation of stack traces to sources that are not there; and zod's error
 * texts in other languages.
 */
const withoutUnused: Plugin = {
  name: "without-unused",
  setup({ onLoad }) {
    const unused = /@pulumi\/pulumi\/(automation|runtime\/closure)\/.*\.js$/;
    onLoad({ filter: unused }, () => ({ contents: "" }));
    onLoad({ filter: /\/source-map-support\.js$/ }, () => ({ contents: "exports.install = () => {};" }));
    onLoad({ filter: /zod\/v4\/locales\/index\.cjs$/ }, ({ path }) => ({
      resolveDir: dirname(path),
      contents: 'exports.en = require("./en.cjs").default;',
    }));
  },
};

/**
 * @param components folder of the package, built; its dependencies are those that Node finds from there
 * @param folder where the plugin goes
 */
export async function buildPlugin(components: string, folder: string): Promise<void> {
  for (const file of [...FILES, ...LICENCES]) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(components, file), join(folder, file));
  }
  await build({
    entryPoints: {
      plugin: join(components, "dist", "components", "plugin.js"),
      start: join(__dirname, "start.ts"),
    },
    outdir: folder,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    minify: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    legalComments: "eof",
    logLevel: "warning",
    // Loaded by name when a program in TypeScript is run, which a plugin never does.
    external: ["*/vendor/typescript@3.8.3/typescript.js", "*/vendor/ts-node@7.0.1/index.js", "typescript"],
    plugins: [withoutUnused],
  });
  writeFileSync(join(folder, NAME), LAUNCHER, { mode: 0o755 });
}

if (require.main === module) {
  const [folder] = process.argv.slice(2);
  if (!folder) {
    console.error("Say where the plugin goes: npm run plugin -- <folder>");
    process.exitCode = 2;
  } else {
    const components = join(__dirname, "..", "..", "components");
    buildPlugin(components, resolve(folder)).then(
      () => console.log(`written: ${join(folder, NAME)}`),
      (error: Error) => {
        console.error(`${error.message}\nIf it was not built yet: npm run build`);
        process.exitCode = 1;
      },
    );
  }
}
