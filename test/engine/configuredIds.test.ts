import { execFile } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeEach, expect, it } from "vitest";
import type { LocalStack } from "../../local/engineStack";
import { Directory } from "../../local/zitadel/directory";
import { useFolderPrograms } from "./folderPrograms";
import type { Program } from "./program";
import { programs } from "./programs";
import type { Stage } from "./stage";

/* Ids in a stack's configuration, set as a person types it, with the YAML language of today. */

const root = join(__dirname, "..", "..");
let stage: Stage;
let all: Program[];
const engine = useFolderPrograms((opened) => {
  stage = opened;
  all = programs(stage);
});

let organization: string;
beforeEach(() => {
  organization = stage.zitadel.organizationId;
  expect(String(Number(organization)), "it has more digits than a number keeps").not.toBe(organization);
});

/** A stack of one of this repository's programs, configured but for what the test types. */
async function stackOf(name: string, folder?: string): Promise<LocalStack> {
  const program = all.find((one) => one.name === name)!;
  const stack = await engine().folderStack({ folder: folder ?? program.folder });
  const config = Object.entries(program.config)
    .filter(([key]) => key !== "organizationId")
    .map(([key, value]) => [
      key,
      typeof value === "string" ? { value } : { value: value.secret, secret: true },
    ]);
  await stack.stack.setAllConfig(Object.fromEntries(config), true);
  return stack;
}

/** `pulumi config set …`, the line as a shell reads it. */
async function type({ stack }: LocalStack, line: string): Promise<void> {
  const { pulumiCommand, workDir } = stack.workspace;
  const command = `${pulumiCommand.command} config set --stack ${stack.name} ${line}`;
  await promisify(execFile)("bash", ["-euc", command], { cwd: workDir });
}

const refusal = (stack: LocalStack) =>
  stack.preview().then(
    () => "it was accepted",
    (error: Error) => error.message,
  );

/** The organizations in which users of this name are. */
function organizationsOf(userName: string): string[] {
  const directory = new Directory();
  for (const event of stage.zitadel.store.history(Directory.eventTypes)) directory.apply(event);
  return [...directory.users.values()]
    .filter((user) => user.userName === userName)
    .map(({ resourceOwner }) => resourceOwner);
}

it("the example in YAML takes an id in quotes of its own, and refuses it without", async () => {
  const stack = await stackOf("examples/yaml");
  await type(stack, `organizationId ${organization}`);
  const message = await refusal(stack);
  expect(message).toContain("organizationId is a number");
  const [, remedy] = /a program in YAML: pulumi config set <key> ('"\d+"')/.exec(message)!;
  await type(stack, `organizationId ${remedy!.replace(/\d+/, organization)}`);
  expect((await stack.up()).diagnostics).toEqual([]);
  expect(organizationsOf("audit-log")).toEqual([organization]);
  await stack.destroy();
});

it("a program in YAML with an id without quotes is refused at preview", async () => {
  const folder = join(stage.folder, "unquoted");
  cpSync(join(root, "examples", "yaml"), folder, { recursive: true });
  const file = join(folder, "Pulumi.yaml");
  const text = readFileSync(file, "utf8");
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Pulumi's own
  writeFileSync(file, text.replace("organizationId: ${organizationId}", `organizationId: ${organization}`));
  expect(readFileSync(file, "utf8")).toContain(`organizationId: ${organization}\n`);
  const stack = await stackOf("examples/yaml", folder);
  await type(stack, `organizationId '"${organization}"'`);
  expect(await refusal(stack)).toContain("organizationId is a number");
});

it("the root's stack takes ids as its Pulumi.yaml says, and refuses one that became a number", async () => {
  const stack = await stackOf("the root");
  await type(stack, `organizationId ${organization}`);
  for (const line of ["--path 'logins.secrets[0]' 2026-11", "--path logins.stdout.namespace zitadel"])
    await type(stack, line);
  await type(stack, `--path 'logins.organizations[0].id' ${organization}`);
  expect(await refusal(stack)).toContain("logins.organizations[0].id is a number");
  const described = readFileSync(join(root, "Pulumi.yaml"), "utf8");
  const [, line] = /pulumi config set (.*logins\.organizations\[0\]\.id.* \d+)/.exec(described)!;
  await type(stack, line!.replace(/\d+$/, organization));
  const { steps } = await stack.preview();
  expect(steps.map(({ name }) => name)).toContain("audit-log");
});
