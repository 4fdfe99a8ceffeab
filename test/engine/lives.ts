import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it, onTestFailed, onTestFinished } from "vitest";
import type { Configuration } from "../../local/engine";
import type { LocalStack, Operation } from "../../local/engineStack";
import { buildProducts } from "../../local/run/build";
import { ensureYamlLanguage } from "../../tools/pulumi/ensurePulumi";
import { installNodeLanguage } from "./nodeLanguage";
import type { Program } from "./program";
import { programs } from "./programs";
import { searchFiles, tracesOf, withoutMarked } from "./secrets";
import { useEngine } from "./stack";
import { listCluster, listZitadel, openStage, type Stage, waitFor } from "./stage";

const say = (line: string) => console.log(line);
const root = join(__dirname, "..", "..");
let stage: Stage;
let all: Program[];

const engine = useEngine(async () => {
  await buildProducts(say);
  stage = await openStage();
  all = programs(stage);
  return {
    plugins: ["zitadel", "kubernetes", "random"],
    components: { "zitadel-siem": join(root, "components") },
    languages: { nodejs: await installNodeLanguage(stage.folder), yaml: await ensureYamlLanguage(say) },
    // Their types are checked where each runs as a person has it (languageHost.test.ts).
    environment: { ...stage.workload.environment, PULUMI_NODEJS_TRANSPILE_ONLY: "true" },
  };
});
afterAll(() => stage?.close());

const names = [
  "the root",
  ...readdirSync(join(root, "examples"))
    .filter((name) => !name.includes("."))
    .map((name) => `examples/${name}`),
];

const list = () => ({ zitadel: listZitadel(stage.zitadel), cluster: listCluster(stage) });
const typeOf = (type: string) => type.split(":").at(-1)!;
const changed = ({ steps }: Operation) => steps.filter(({ op }) => op !== "same");

/**
 * The root's program and every example, from their folders with their Pulumi.yaml, under the real engine: against
 * the ZITADEL stand-in, with the pods as processes. A file of tests takes one part of them, so that two run side by
 * side, each with an engine and a stage of its own.
 *
 * @param part from 1 to `parts`
 */
export function describeLives(part: number, parts: number): void {
  const mine = names.filter((_, index) => index % parts === part - 1);
  describe("goes through a life:", () => {
    it.each(mine)("%s", goThroughLife);
  });
}

async function goThroughLife(name: string): Promise<void> {
  const program = all.find((one) => one.name === name)!;
  const prepared = await program.prepare?.(stage);
  const before = list();
  const stack = await engine().folderStack({ folder: program.folder });
  onTestFailed(async () => void (await stack.destroy()));
  onTestFinished(async () => prepared?.undo());
  await configure(stack, program.config);
  const timed = stopwatch(name);

  const preview = await timed("preview", stack.preview());
  expect(list(), "a preview creates nothing").toEqual(before);
  const delivered = stage.receiver.records.length;
  const up = await timed("up", stack.up());
  expect(up.diagnostics).toEqual([]);
  expect(urnsOf(up), "what is created is what was previewed").toEqual(urnsOf(preview));
  expect(up.changes).toEqual(preview.changes);
  if (program.delivers !== false)
    await waitFor("records arrive", () => stage.receiver.records.length > delivered);

  const again = await timed("second up", stack.up());
  expect(changed(again)).toEqual([]);
  expect(again.changes).toEqual({ same: up.changes.create });

  const refreshed = await timed("refresh", stack.refresh());
  expect(refreshed.changes).toEqual({ same: up.changes.create });

  await configure(stack, program.change);
  const change = await timed("change", stack.up());
  expect([...new Set(changed(change).map(({ type }) => typeOf(type)))].sort()).toEqual(program.touched);

  // A certificate lies in a Secret too and is none: the configuration names it in the clear.
  const plain = Object.values(program.config).filter((value) => typeof value === "string");
  const created = listSecrets(before.cluster.objects).filter((value) => !plain.includes(value));
  const secrets = [...program.secrets, ...(prepared?.secrets ?? []), ...created];
  await expectNoSecretIn(stack, secrets, [preview, up, again, change], program.secrets.length > 0);

  const destroyed = await timed("destroy", stack.destroy());
  expect(destroyed.diagnostics).toEqual([]);
  expect(list(), "nothing is left").toEqual(before);
  expect((await stack.export()).deployment.resources ?? []).toEqual([]);
}

const urnsOf = ({ steps }: Operation) => steps.map(({ op, urn }) => `${op} ${urn}`).sort();

/** As a person does with `pulumi config set --path`: the engine holds each value to its type in Pulumi.yaml. */
async function configure({ stack }: LocalStack, config: Configuration): Promise<void> {
  const values = Object.entries(config).map(([key, value]) => [
    key,
    typeof value === "string" ? { value } : { value: value.secret, secret: true },
  ]);
  await stack.setAllConfig(Object.fromEntries(values), true);
}

/** Every value in the Secrets that are in the cluster now and were not before. */
function listSecrets(before: readonly string[]): string[] {
  const { objects } = stage.workload.supervisor;
  return objects
    .all()
    .filter(
      ({ kind, metadata }) =>
        kind === "Secret" && !before.includes(`Secret ${metadata.namespace}/${metadata.name}`),
    )
    .flatMap(({ stringData, data }) => [
      ...Object.values((stringData ?? {}) as Record<string, string>),
      ...Object.values((data ?? {}) as Record<string, string>).map((text) =>
        Buffer.from(text, "base64").toString(),
      ),
    ]);
}

/** In nothing that the engine keeps or shows is a secret in the clear; the Automation API's export marks each one. */
async function expectNoSecretIn(
  stack: LocalStack,
  secrets: string[],
  operations: Operation[],
  isGivenSecrets: boolean,
): Promise<void> {
  const traces = [...new Set(secrets)].flatMap(tracesOf);
  const { found, files } = searchFiles(engine().folder, traces);
  expect(found, "files of the engine that hold a secret in the clear").toEqual([]);
  const marked = await stack.stack.exportStack();
  const has = (text: string) => traces.filter((trace) => text.includes(trace));
  expect(has(JSON.stringify(await stack.export())), "the export").toEqual([]);
  expect(has(JSON.stringify(marked)).length > 0, "Pulumi knows secrets at all").toBe(isGivenSecrets);
  expect(has(withoutMarked(marked)), "the export with secrets shown, without what it marks").toEqual([]);
  const shown = operations.map(({ output, events }) => output + JSON.stringify(events)).join();
  expect(has(shown), "what the engine printed and its event logs").toEqual([]);
  say(
    `  ${new Set(secrets).size} secrets in none of ${files} files, ${Math.round(shown.length / 1000)} kB of output and events`,
  );
}

function stopwatch(name: string) {
  return async (what: string, operation: Promise<Operation>): Promise<Operation> => {
    const started = performance.now();
    const result = await operation;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    say(`${name}: ${what}: ${seconds} s, ${JSON.stringify(result.changes)}`);
    return result;
  };
}
