import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { build } from "esbuild";

/** A provider plugin of this project: the name of its file in `local/plugins`. */
export type LocalPlugin = "zitadel" | "kubernetes" | "random";

/** The version that the engine is told of, that of the plugin which a program asks for. */
export interface InstalledPlugin {
  name: string;
  /** Folder with the executable `pulumi-resource-<name>`. */
  folder: string;
}

/**
 * Puts executables `pulumi-resource-<name>` below `folder`, each running this project's plugin in one bundled
 * file (starts in about 0.2 s; from TypeScript sources it takes a second).
 */
export async function installPlugins(
  names: readonly LocalPlugin[],
  folder: string,
): Promise<InstalledPlugin[]> {
  return Promise.all(
    names.map(async (name) => {
      const own = join(folder, name);
      mkdirSync(own, { recursive: true });
      const bundle = join(own, `pulumi-resource-${name}.cjs`);
      await build({
        stdin: {
          contents: `import "./engineMarker"; import "./plugins/${name}";`,
          resolveDir: __dirname,
          loader: "ts",
        },
        bundle: true,
        platform: "node",
        target: "node24",
        outfile: bundle,
        logLevel: "error",
      });
      writeExecutable(join(own, `pulumi-resource-${name}`), [process.execPath, bundle]);
      return { name, folder: own };
    }),
  );
}

/**
 * Puts an executable `pulumi-resource-<name>` below `folder` that runs a package of components from its own
 * folder, as the Node language host would.
 */
export function installComponents(name: string, components: string, folder: string): InstalledPlugin {
  const own = join(folder, name);
  mkdirSync(own, { recursive: true });
  const host = require.resolve("@pulumi/pulumi/cmd/run-plugin");
  writeExecutable(join(own, `pulumi-resource-${name}`), [process.execPath, host, components]);
  return { name, folder: own };
}

/** Whether a folder of components is a plugin already (`npm run plugin`). */
export function isPlugin(name: string, components: string): boolean {
  return existsSync(join(components, `pulumi-resource-${name}`));
}

/**
 * Writes a shell script that replaces itself by the command and passes its arguments on.
 * @param before lines of shell that come first
 */
export function writeExecutable(file: string, command: readonly string[], before = ""): void {
  writeFileSync(file, `#!/bin/sh\n${before}exec ${command.map(quote).join(" ")} "$@"\n`, { mode: 0o700 });
}

/** The plugins that wrote into the run's log, by the path of what ran. */
export function startedPlugins(log: string): string[] {
  const [, ...lines] = readFileSync(log, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => (JSON.parse(line) as { plugin: string }).plugin);
}

/** The plugins among `expected` of which none was started from its own folder. */
export function missingPlugins(expected: readonly InstalledPlugin[], started: readonly string[]): string[] {
  return expected
    .filter(({ folder }) => !started.some((path) => path.startsWith(folder + sep)))
    .map(({ name }) => name);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
