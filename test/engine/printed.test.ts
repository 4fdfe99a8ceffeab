import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { LocalStack } from "../../local/engineStack";
import { useFolderPrograms } from "./folderPrograms";
import type { Program } from "./program";
import { programs } from "./programs";
import { tracesOf } from "./secrets";
import type { Stage } from "./stage";

/* What the command line prints, in every mode, while a key is rotated: no secret in it. */

const _root = join(__dirname, "..", "..");
let stage: Stage;
let all: Program[];
const engine = useFolderPrograms((opened) => {
  stage = opened;
  all = programs(stage);
});

/** How each program gets another generation of its key. */
const rotations: Record<string, (stack: LocalStack) => Promise<void>> = {
  "the root": ({ stack }) =>
    stack.setAllConfig(
      {
        "readerKeys[1].name": { value: "2027-02" },
        "readerKeys[1].expires": { value: "2036-01-01T00:00:00Z" },
      },
      true,
    ),
  "examples/key-rotation": (stack) =>
    rewrite(
      stack,
      "index.ts",
      /( +)\{ name: "2027-02".*\n/,
      '$&$1{ name: "2027-05", expires: "2027-11-01T00:00:00Z" },\n',
    ),
  "examples/yaml": (stack) =>
    rewrite(
      stack,
      "Pulumi.yaml",
      /( +)- name: 2026-11\n.*\n/,
      "$&$1- name: 2027-02\n$1  expires: 2036-01-01T00:00:00Z\n",
    ),
};

async function rewrite({ stack }: LocalStack, name: string, what: RegExp, by: string): Promise<void> {
  const file = join(stack.workspace.workDir, name);
  const text = readFileSync(file, "utf8");
  const changed = text.replace(what, by);
  expect(changed).not.toBe(text);
  writeFileSync(file, changed);
}

const verbose = ["--debug", "--logtostderr", "-v=9"];

it.each(Object.keys(rotations))("%s prints no secret", async (name) => {
  const program = all.find((one) => one.name === name)!;
  const stack = await engine().folderStack({ folder: program.folder });
  const config = Object.entries(program.config).map(([key, value]) => [
    key,
    typeof value === "string" ? { value } : { value: value.secret, secret: true },
  ]);
  await stack.stack.setAllConfig(Object.fromEntries(config), true);
  const secrets = new Set(program.secrets);
  const printed: { command: string; text: string }[] = [];
  const run = async (...command: string[]) => {
    printed.push({ command: command.join(" "), text: await print(stack, command) });
    for (const value of valuesOfSecrets()) secrets.add(value);
  };
  await run("preview", ...verbose);
  await run("preview", "--json", "--debug");
  await run("up", "--yes", "--json", "--debug");
  await rotations[name]!(stack);
  await run("preview", "--diff", ...verbose);
  await run("up", "--yes", "--diff", "--debug");
  await run("refresh", "--yes", "--json", "--debug");
  await run("up", "--yes", ...verbose);
  await run("destroy", "--yes", "--json", "--debug");

  const plain = Object.values(program.config).filter((value) => typeof value === "string");
  const keys = [...secrets].filter((secret) => secret.includes("RSA PRIVATE KEY"));
  expect(keys.length, "the administrator's key and those of two generations").toBeGreaterThan(2);
  const traces = [...secrets].filter((secret) => !plain.includes(secret)).flatMap(tracesOf);
  for (const { command, text } of printed) {
    const found = traces.filter((trace) => text.includes(trace));
    console.log(`${name}: ${command}: ${text.length} bytes, ${traces.length} traces, ${found.length} found`);
    expect(text.length, command).toBeGreaterThan(100);
  }
  const leaks = printed.flatMap(({ command, text }) =>
    traces.filter((trace) => text.includes(trace)).map((trace) => `${command}: ${trace.slice(0, 12)}…`),
  );
  expect(leaks).toEqual([]);
});

/** All that a command of Pulumi prints. */
function print({ stack }: LocalStack, command: readonly string[]): Promise<string> {
  const { pulumiCommand, workDir } = stack.workspace;
  return new Promise((resolve, reject) => {
    const child = spawn(pulumiCommand.command, [...command, "--stack", stack.name, "--non-interactive"], {
      cwd: workDir,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const parts: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => parts.push(part));
    child.once("error", reject);
    child.once("close", (code) => {
      const text = Buffer.concat(parts).toString();
      if (code === 0) resolve(text);
      else reject(new Error(`pulumi ${command.join(" ")}: ${code}\n${text.slice(-2000)}`));
    });
  });
}

/** Every value in the Secrets of the cluster. */
function valuesOfSecrets(): string[] {
  return stage.workload.supervisor.objects
    .all()
    .filter(({ kind }) => kind === "Secret")
    .flatMap(({ stringData = {}, data = {} }) => [
      ...Object.values(stringData as Record<string, string>),
      ...Object.values(data as Record<string, string>).map((text) => Buffer.from(text, "base64").toString()),
    ]);
}
