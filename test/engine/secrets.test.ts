import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import type { LocalStack, Operation } from "../../local/engineStack";
import { buildProducts } from "../../local/run/build";
import { ensureYamlLanguage } from "../../tools/pulumi/ensurePulumi";
import { Search } from "../completeness/search";
import { Planting, plantedProgram, wrongProgram } from "./plantedProgram";
import { useEngine } from "./stack";
import { openStage, type Stage } from "./stage";

const say = (line: string) => console.log(line);
let stage: Stage;
const engine = useEngine(async () => {
  await buildProducts(say);
  stage = await openStage();
  return {
    plugins: ["zitadel", "kubernetes"],
    components: { "zitadel-siem": join(__dirname, "..", "..", "components") },
    languages: { yaml: await ensureYamlLanguage(say) },
    environment: stage.workload.environment,
  };
});
afterAll(() => stage?.close());

it("a credential given as plain text is in nothing that Pulumi prints or keeps in the clear", async () => {
  const planting = new Planting();
  const search = new Search();
  const stack = await openStack(planting);
  const operation = (kind: string, { output, events, diagnostics }: Operation) => {
    search.add("output", kind, output + diagnostics.join("\n"));
    search.add("events", kind, JSON.stringify(events));
  };
  const command = async (...args: string[]) =>
    search.add("command line", args.join(" "), await commandLine(stack, args));

  await command("preview", "--json");
  operation("up", await stack.up({ diff: true }));
  // Every credential changes: what is shown then is a difference between two secrets.
  rewrite(stack, plantedProgram(stage, planting));
  await command("preview", "--json", "--diff");
  operation("up of a change", await stack.up({ diff: true }));
  operation("refresh", await stack.refresh());
  await command("stack");
  await command("stack", "export");
  await command("stack", "output", "--json");
  await command("stack", "history", "--json");
  await command("config", "--json");

  rewrite(stack, wrongProgram(stage, planting));
  const refused = await stack.preview().then(
    () => "",
    (error: Error) => error.message,
  );
  expect(refused).toContain("destinations[0].http.bearer must be exactly one of");
  expect(refused).toContain("destinations[1].http.url must not hold a user name or password");
  search.add("errors", "preview of a wrong declaration", refused);

  for (const { kind, metadata, ...object } of stage.workload.supervisor.objects.all())
    if (kind !== "Secret")
      search.add("objects of the cluster", `${kind} ${metadata.name}`, JSON.stringify([metadata, object]));
  const secrets = valuesOfSecrets();
  search.add("Secrets", "every value", secrets.join("\n"));
  for (const line of linesOfKeys(secrets)) planting.remember("a line of a created key", line);
  const kept = { state: "stacks", backups: "backups", checkpoints: "history" };
  for (const [kind, folder] of Object.entries(kept))
    search.addFolder(kind, join(engine().folder, "state", ".pulumi", folder));

  rewrite(stack, plantedProgram(stage, planting));
  operation("destroy", await stack.destroy());
  // The program itself holds them, and what npm brought is not of this run.
  search.addFolder("files of the engine", engine().folder, (path) =>
    /\/Pulumi\.yaml$|\/node_modules\//.test(path),
  );

  const { marks, credentials } = planting;
  const counts = search.counts();
  say(`planted: ${credentials.size} credentials; searched: ${JSON.stringify(counts)}`);
  expect(credentials.size).toBeGreaterThan(40);
  for (const [kind, { bytes, places }] of Object.entries(counts)) {
    expect(places, kind).toBeGreaterThan(0);
    expect(bytes, kind).toBeGreaterThan(100);
  }
  const allowed = Object.fromEntries(Object.keys(counts).map((kind) => [kind, ["configured"] as const]));
  const leaks = search.leaks(marks, allowed, credentials);
  // The same search finds each where it belongs, and what is configured wherever it is shown.
  const found = leaks.filter(({ kind }) => kind === "Secrets").map(({ what }) => what);
  for (const what of [
    "bearer token",
    "signing secret",
    "password",
    "existing key",
    "a line of a created key",
  ])
    expect(
      found.some((one) => one.includes(what)),
      what,
    ).toBe(true);
  for (const kind of ["command line", "objects of the cluster", "state", "backups", "checkpoints", "events"])
    expect(search.found(kind, "configured").size, kind).toBeGreaterThan(0);
  expect(leaks.filter(({ kind }) => kind !== "Secrets").slice(0, 20)).toEqual([]);
});

/** A stack of the program in a folder of its own. */
function openStack(planting: Planting): Promise<LocalStack> {
  const folder = mkdtempSync(join(stage.folder, "plain-"));
  writeFileSync(join(folder, "Pulumi.yaml"), stringify(plantedProgram(stage, planting)));
  const { hostname: domain, port } = new URL(stage.zitadel.url);
  const { value: comment } = planting.credential("admin key");
  return engine().folderStack({
    folder,
    config: {
      "zitadel:domain": domain,
      "zitadel:port": port,
      "zitadel:insecure": "true",
      "zitadel:jwtProfileJson": { secret: JSON.stringify({ ...stage.zitadel.adminKey, comment }) },
    },
  });
}

/** Another program in the folder from which the stack runs. */
function rewrite({ stack }: LocalStack, changed: object): void {
  const file = join(stack.workspace.workDir, "Pulumi.yaml");
  const { options, plugins } = parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  writeFileSync(file, stringify({ ...changed, options, plugins }));
}

/** What a command of Pulumi prints. */
async function commandLine({ stack }: LocalStack, args: readonly string[]): Promise<string> {
  const { pulumiCommand, workDir } = stack.workspace;
  const { stdout, stderr } = await promisify(execFile)(
    pulumiCommand.command,
    [...args, "--stack", stack.name, "--non-interactive"],
    { cwd: workDir, maxBuffer: 256 << 20 },
  );
  return stdout + stderr;
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

/** Some lines of every private key in these texts. */
function linesOfKeys(texts: readonly string[]): string[] {
  const keys = texts.flatMap((text) => /BEGIN RSA PRIVATE KEY.*END/s.exec(text)?.[0] ?? []);
  return keys.flatMap((key) =>
    key
      .split(/\\n|\n/)
      .filter((line) => /^[\w+/]{64}$/.test(line))
      .slice(2, 6),
  );
}
