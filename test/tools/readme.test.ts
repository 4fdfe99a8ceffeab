import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";

const root = join(__dirname, "..", "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const readme = read("README.md");

/** Every command line of the README's shell blocks. */
const commands = [...readme.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block]) =>
  block!.trim().split("\n"),
);

/** Where each command is run, and how that is seen here. */
const runs: [command: RegExp, evidence: () => boolean][] = [
  [/^npm ci$/, () => /^npm ci\b/m.test(read(".ci/run"))],
  [/^npm test$/, () => /^npm test$/m.test(read(".ci/run"))],
  [
    /^npm start$/,
    () =>
      /"start": "node --import tsx local\/start.ts"/.test(read("package.json")) &&
      /scripts: { start: string }/.test(read("test/start/startedRun.ts")),
  ],
  [/^pulumi stack init production$/, () => read("test/engine/readme.test.ts").includes("README.md")],
  [/^pulumi config set /, () => read("test/engine/readme.test.ts").includes("README.md")],
  [/^pulumi up$/, () => read("test/engine/readme.test.ts").includes("README.md")],
  [/^npm run plugin -- /, () => read("test/engine/nestedOutputs.test.ts").includes('"run", "plugin", "--"')],
  [
    /^pulumi plugin install resource zitadel-siem \d+\.\d+\.\d+ --file /,
    () => read("local/engine.ts").includes('"plugin", "install", "resource"'),
  ],
];

test("every command of the README is run by a test", () => {
  expect(commands.length).toBeGreaterThan(8);
  for (const command of commands) {
    const [, evidence] = runs.find(([pattern]) => pattern.test(command)) ?? [];
    expect(evidence?.(), command).toBe(true);
  }
});

test("the README sets every configuration value that the stack requires, and no other", () => {
  const { config } = parse(read("Pulumi.yaml")) as { config: Record<string, { default?: unknown }> };
  const declared = new Map(Object.entries(config).map(([key, value]) => [key.split(":")[1], value]));
  // What comes after is the configuration of a program of one's own.
  const deployment = commands.slice(0, commands.indexOf("pulumi up"));
  const keys = deployment.flatMap(
    (command) => /^pulumi config set (?:--secret |--path )?'?(\w+)/.exec(command)?.[1] ?? [],
  );
  const set = [...new Set(keys)];
  for (const key of set) expect(declared.has(key), key).toBe(true);
  const required = [...declared].filter(([, { default: value }]) => value === undefined).map(([key]) => key);
  expect(set.toSorted()).toEqual(required.toSorted());
});

test("the README's links lead somewhere", () => {
  for (const [, path] of readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g))
    expect(existsSync(join(root, path!)), path).toBe(true);
});
