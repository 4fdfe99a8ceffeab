import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { buildComponents } from "../../tools/buildComponents";

const root = join(__dirname, "..", "..");
const bundle = join(root, "components", "dist", "forwarder.cjs");

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
 * Packs a fresh build of the components and installs it with npm below `folder`. The SDK of the ZITADEL provider
 * is this repository's, compiled: the registry at hand may not serve the published one.
 */
export function publishAndInstall(folder: string): PublishedPackage {
  const components = pack(copyOfComponents(folder), folder);
  const sdk = pack(compiledSdk(folder), folder);
  const project = join(folder, "project");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), '{ "name": "project", "private": true }');
  npm(project, "install", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", components, sdk);
  const files = tar("-tzf", components)
    .trim()
    .split("\n")
    .map((path) => path.replace(/^package\//, ""));
  const installed = join(project, "node_modules", "zitadel-siem");
  return { files, read: (file) => readFileSync(join(installed, file), "utf8"), project, folder: installed };
}

function copyOfComponents(folder: string): string {
  const copy = join(folder, "components");
  cpSync(join(root, "components"), copy, { recursive: true, filter: (path) => basename(path) !== "dist" });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  buildComponents(copy);
  rmSync(join(folder, "node_modules"));
  if (!existsSync(bundle))
    execFileSync(process.execPath, [require.resolve("tsx/cli"), join(root, "tools", "build.ts")]);
  cpSync(bundle, join(copy, "dist", basename(bundle)));
  return copy;
}

function compiledSdk(folder: string): string {
  const [source, compiled] = [join(root, "sdks", "zitadel"), join(folder, "sdk")];
  const options = [
    "--module",
    "nodenext",
    "--target",
    "es2022",
    "--declaration",
    "--skipLibCheck",
    "--types",
    "node",
  ];
  const compiler = require.resolve("typescript/bin/tsc");
  execFileSync(
    process.execPath,
    [compiler, join(source, "index.ts"), "--rootDir", source, "--outDir", compiled, ...options],
    {
      cwd: root,
    },
  );
  const { private: _, ...manifest } = JSON.parse(readFileSync(join(source, "package.json"), "utf8"));
  writeFileSync(join(compiled, "package.json"), JSON.stringify({ ...manifest, main: "index.js" }));
  return compiled;
}

/** The tarball's path. */
function pack(source: string, folder: string): string {
  const [{ filename }] = JSON.parse(npm(source, "pack", "--json", "--pack-destination", folder));
  return join(folder, filename);
}

const npm = (cwd: string, ...args: string[]) =>
  execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
const tar = (...args: string[]) => execFileSync("tar", args, { encoding: "utf8" });
