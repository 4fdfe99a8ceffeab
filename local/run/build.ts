import { spawn } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Say } from "../../tools/pulumi/ensurePulumi";

const root = join(__dirname, "..", "..");

interface Product {
  what: string;
  /** The file that is there when it is built. */
  output: string;
  /** Folders with its sources. */
  sources: readonly string[];
  /** The tool and its arguments. */
  command: readonly string[];
}

/** What `npm run build` makes, in its order. */
const products: readonly Product[] = [
  {
    what: "the SDK of ZITADEL's provider",
    output: "sdks/zitadel/dist/index.js",
    sources: ["sdks/zitadel"],
    command: ["tools/compilePackage.ts", "sdks/zitadel"],
  },
  {
    what: "the components",
    output: "components/dist/schema.json",
    sources: ["components", "contract"],
    command: ["tools/buildComponents.ts"],
  },
  {
    what: "the forwarder",
    output: "components/dist/forwarder.cjs",
    sources: ["forwarder", "contract"],
    command: ["tools/buildForwarder.ts"],
  },
];

/** Builds what the root's program needs and what is older than its sources or its tool. */
export async function buildProducts(say: Say): Promise<void> {
  for (const { what, output, sources, command } of products) {
    const newest = Math.max(
      ...sources.map((folder) => newestSource(join(root, folder))),
      modified(join(root, command[0]!)),
    );
    if (modified(join(root, output)) > newest) continue;
    say(`building ${what}`);
    await run(what, ["--import", "tsx", ...command]);
  }
}

function modified(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function newestSource(folder: string): number {
  const times = readdirSync(folder, { withFileTypes: true }).map((entry) => {
    if (entry.name === "dist" || entry.name === "node_modules") return 0;
    const path = join(folder, entry.name);
    return entry.isDirectory() ? newestSource(path) : modified(path);
  });
  return Math.max(0, ...times);
}

function run(what: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    const output: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => output.push(part));
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`building ${what} failed:\n${Buffer.concat(output)}`)),
    );
  });
}
