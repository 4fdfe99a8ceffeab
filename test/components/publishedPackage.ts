import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildProducts } from "../../local/run/build";

const root = join(__dirname, "..", "..");

/** The package as npm would publish it, and an empty project that has installed it. */
export interface PublishedPackage {
  /** The files of the tarball. */
  files: string[];
  /** Text of a file of the tarball. */
  read(file: string): string;
  /** The project's folder. */
  project: string;
  /** The package's folder in the project. */
  folder: string;
}

/**
 * Packs the components and installs them with npm below `folder`. The SDK of the ZITADEL provider is this
 * repository's: the registry at hand may not serve the published one.
 *
 * @param versions of its dependencies, `<name>@<version>`; without them npm takes the newest
 */
export async function publishAndInstall(
  folder: string,
  versions: readonly string[] = [],
): Promise<PublishedPackage> {
  await buildProducts((line) => console.log(line));
  const [components, sdk] = ["components", "sdks/zitadel"].map((name) => pack(name, folder));
  const project = join(folder, "project");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), '{ "name": "project", "private": true }');
  const quietly = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
  npm(project, "install", ...quietly, components!, sdk!, ...versions);
  const files = tar("-tzf", components!)
    .trim()
    .split("\n")
    .map((path) => path.replace(/^package\//, ""));
  const installed = join(project, "node_modules", "zitadel-siem");
  return { files, read: (file) => readFileSync(join(installed, file), "utf8"), project, folder: installed };
}

/** The tarball's path. */
function pack(name: string, folder: string): string {
  const [{ filename }] = JSON.parse(npm(join(root, name), "pack", "--json", "--pack-destination", folder));
  return join(folder, filename);
}

const npm = (cwd: string, ...args: string[]) =>
  execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
const tar = (...args: string[]) => execFileSync("tar", args, { encoding: "utf8" });
