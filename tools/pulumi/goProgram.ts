import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Say } from "./ensurePulumi";

/** A program that is built from its Go module. */
export interface GoProgram {
  /** As the person at the terminal reads it: "the Pulumi engine". */
  what: string;
  /** The executable's name. */
  name: string;
  version: string;
  /** Folder with the go.mod and go.sum that pin it. */
  module: string;
  package: string;
  /** Go variables set at link time. */
  variables: Record<string, string>;
  /** How long a first build takes. */
  expectation: string;
  /** What to do instead where Go is missing. */
  otherwise: string;
}

/**
 * Where this environment variable is set, programs are built to be fast rather than soon, which takes a third more
 * time. The benchmarks set it.
 */
export const OPTIMIZED = "ZITADEL_SIEM_OPTIMIZED";

/** Milliseconds between two lines while a build goes on. */
const PROGRESS_INTERVAL = 5_000;
/** Milliseconds between two looks at a build that another process is doing. */
const LOCK_INTERVAL = 1_000;

/** Where built programs are kept: `${XDG_CACHE_HOME:-$HOME/.cache}/zitadel-siem`. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "zitadel-siem");
}

/**
 * Where a program is kept. The key holds what decides its bytes: the version, the hashes of its modules, and whether
 * it is built to be fast.
 */
export function executablePath({ name, version, module }: GoProgram, cache = cacheFolder()): string {
  const sums = createHash("sha256")
    .update(readFileSync(join(module, "go.sum")))
    .digest("hex");
  const built = isOptimized() ? "-optimized" : "";
  return join(cache, `${name}-${version}-${sums.slice(0, 12)}${built}`, "bin", name);
}

/**
 * Builds the program unless the cache has it, and returns the executable's absolute path.
 * Two processes that need it at once build it once: the second waits.
 */
export async function buildGoProgram(program: GoProgram, say: Say): Promise<string> {
  const executable = executablePath(program);
  if (existsSync(executable)) return executable;
  requireGo(program);
  const folder = dirname(dirname(executable));
  mkdirSync(dirname(folder), { recursive: true });
  const lock = `${folder}.lock`;
  await takeLock(lock, () => say(`waiting for another process that builds ${program.what}`));
  try {
    if (!existsSync(executable)) await build(program, executable, say);
  } finally {
    rmSync(lock, { force: true });
  }
  return executable;
}

function requireGo({ what, module, otherwise }: GoProgram): void {
  const { error } = spawnSync("go", ["version"], { stdio: "ignore" });
  if (error === undefined) return;
  const wanted = /^go (\S+)/m.exec(readFileSync(join(module, "go.mod"), "utf8"))?.[1];
  throw new Error(
    `${what} is not installed and cannot be built: there is no \`go\` on PATH.\n` +
      `Install Go ${wanted} or later: https://go.dev/doc/install\n${otherwise}`,
  );
}

async function build(program: GoProgram, executable: string, say: Say): Promise<void> {
  const started = performance.now();
  const seconds = () => Math.round((performance.now() - started) / 1000);
  say(`building ${program.what} ${program.version} from source: ${program.expectation}, the first time only`);
  const part = mkdtempSync(`${dirname(dirname(executable))}-`);
  try {
    const progress = { phase: "fetching Go modules", done: 0, all: 0 };
    const ticker = setInterval(() => {
      const share = progress.all > 0 ? `${progress.done} of ${progress.all} packages` : `${progress.done}`;
      say(`  ${program.what}: ${progress.phase}: ${share}, ${seconds()} s`);
    }, PROGRESS_INTERVAL);
    try {
      const packages = await go(program, ["list", "-deps", program.package], () => {
        progress.done += 1;
      });
      Object.assign(progress, { phase: "compiling", done: 0, all: packages.length });
      await go(program, buildArguments(program, join(part, "bin", program.name)), () => {
        progress.done += 1;
      });
    } finally {
      clearInterval(ticker);
    }
    renameSync(part, dirname(dirname(executable)));
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
  const megabytes = Math.round(statSync(executable).size / 1e6);
  say(`built ${program.what} in ${seconds()} s (${megabytes} MB, kept in ${dirname(dirname(executable))})`);
}

/**
 * `-v` names each package as it is compiled: that is the progress. What a debugger needs is left out, and unless it
 * is to be fast so is inlining: together that is a quarter of the compiler's time. `-trimpath` and the same flags for
 * every program let them share what they have in common.
 */
function buildArguments({ package: main, variables }: GoProgram, output: string): string[] {
  const set = Object.entries(variables).map(([name, value]) => `-X ${name}=${value}`);
  return ["build", "-v", ...buildFlags(), "-ldflags", ["-s", "-w", ...set].join(" "), "-o", output, main];
}

/** What decides how packages are compiled. */
export const buildFlags = (): string[] => [
  "-trimpath",
  `-gcflags=all=-dwarf=false${isOptimized() ? "" : " -l"}`,
];

/** The environment in which Go builds: what is built follows from the pinned modules alone. */
export const goEnvironment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  CGO_ENABLED: "0",
  GOFLAGS: "-mod=readonly -buildvcs=false",
});

const isOptimized = (): boolean => Boolean(process.env[OPTIMIZED]);

/** Runs Go in the module's folder; `onLine` is called for each line on its standard error. */
function go({ what, module }: GoProgram, args: string[], onLine: () => void): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = spawn("go", args, {
      cwd: module,
      env: goEnvironment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output: string[] = [];
    const lastErrors: string[] = [];
    createInterface({ input: child.stdout! }).on("line", (line) => output.push(line));
    createInterface({ input: child.stderr! }).on("line", (line) => {
      lastErrors.push(line);
      if (lastErrors.length > 20) lastErrors.shift();
      onLine();
    });
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0
        ? resolve(output)
        : reject(new Error(`${what}: \`go ${args[0]}\` failed:\n${lastErrors.join("\n")}`)),
    );
  });
}

/** A file with the holder's process id; one whose process is gone is taken over. */
async function takeLock(file: string, onWait: () => void): Promise<void> {
  for (let waited = false; ; ) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (!isAlive(file)) {
      rmSync(file, { force: true });
      continue;
    }
    if (!waited) onWait();
    waited = true;
    await new Promise((resolve) => setTimeout(resolve, LOCK_INTERVAL));
  }
}

function isAlive(lock: string): boolean {
  try {
    process.kill(Number(readFileSync(lock, "utf8")), 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
