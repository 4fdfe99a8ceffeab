import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { transform } from "esbuild";
import { afterAll, expect, it } from "vitest";
import type { LocalStack } from "../../local/engineStack";
import { buildProducts } from "../../local/run/build";
import { installNodeLanguage } from "./nodeLanguage";
import { programs } from "./programs";
import { useEngine } from "./stack";
import { openStage, type Stage } from "./stage";

/** What a person has to read and to wait for at most when a new version is previewed. */
const MOST_BYTES = 50_000;
const MOST_SECONDS = 10;

const root = join(__dirname, "..", "..");
let stage: Stage;
const engine = useEngine(async () => {
  await buildProducts(() => undefined);
  stage = await openStage();
  return {
    plugins: ["zitadel", "kubernetes"],
    languages: { nodejs: await installNodeLanguage(stage.folder) },
    environment: stage.workload.environment,
    asInstalled: true,
  };
});
afterAll(() => stage?.close());

/** The root's program in a folder with a copy of the components of its own; gives the path of their bundle. */
function ownComponents(folder: string): string {
  const packages = join(folder, "own", "node_modules");
  mkdirSync(packages, { recursive: true });
  for (const name of readdirSync(join(root, "node_modules")))
    if (name !== "zitadel-siem") symlinkSync(join(root, "node_modules", name), join(packages, name));
  cpSync(join(root, "components"), join(packages, "zitadel-siem"), { recursive: true });
  cpSync(join(folder, "root"), join(folder, "own"), {
    recursive: true,
    filter: (path) => !path.endsWith("node_modules"),
  });
  return join(packages, "zitadel-siem", "dist", "forwarder.cjs");
}

it("a new version of the forwarder is previewed in detail within what a person reads and waits for", async () => {
  const program = programs(stage).find(({ name }) => name === "the root")!;
  const bundle = ownComponents(stage.folder);
  const stack = await engine().folderStack({ folder: join(stage.folder, "own") });
  const config = Object.entries(program.config).map(([key, value]) => [
    key,
    typeof value === "string" ? { value } : { value: value.secret, secret: true },
  ]);
  await stack.stack.setAllConfig(Object.fromEntries(config), true);
  await stack.up();

  const before = readFileSync(bundle, "utf8");
  // As in a new version, short names are others all over the text.
  const { code: after } = await transform(before, { minify: true, keepNames: true, platform: "node" });
  console.log(`bundles of ${before.length} and ${after.length} bytes`);

  const unchanged = await previewOnCommandLine(stack);
  writeFileSync(bundle, after);
  const upgraded = await previewOnCommandLine(stack);
  console.log(`pulumi preview --diff of nothing new: ${describe(unchanged)}`);
  console.log(`pulumi preview --diff of the new version: ${describe(upgraded)}`);
  expect(upgraded.text).toContain("forwarder.cjs");
  expect(upgraded.text).toMatch(/\+ 1 to create\s+~ 1 to update\s+- 1 to delete/);
  expect(upgraded.text.length).toBeLessThan(MOST_BYTES);
  expect(Math.min(upgraded.seconds, upgraded.cpuSeconds)).toBeLessThan(MOST_SECONDS);

  const { changes } = await stack.up();
  expect(changes).toMatchObject({ create: 1, update: 1, delete: 1 });
  expect((await stack.up()).changes).toEqual({ same: changes.same! + 2 });
  await stack.destroy();
});

interface TimedPreview {
  /** What a person sees. */
  text: string;
  seconds: number;
  /** Of the command and all that it starts: what it takes where the machine has nothing else to do. */
  cpuSeconds: number;
}

/** `pulumi preview --diff`, as a person runs it. */
async function previewOnCommandLine({ stack }: LocalStack): Promise<TimedPreview> {
  const { pulumiCommand, workDir } = stack.workspace;
  const command = [pulumiCommand.command, "preview", "--diff", "--stack", stack.name, "--color", "never"];
  const timed = ["-c", 'TIMEFORMAT="times: %R %U %S"; time "$@" 2>&1', "bash", ...command];
  const { stdout, stderr } = await promisify(execFile)("bash", timed, { cwd: workDir, maxBuffer: 64 << 20 });
  const [wall, user, system] = /times: (\S+) (\S+) (\S+)/.exec(stderr)!.slice(1).map(Number);
  return { text: stdout, seconds: wall!, cpuSeconds: user! + system! };
}

const describe = ({ text, seconds, cpuSeconds }: TimedPreview) =>
  `${text.length} bytes, ${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} CPU seconds`;
