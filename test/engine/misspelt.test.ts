import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { type ComponentName, componentArguments } from "../../contract/declaration/components";
import { completed, type Misspelling, misspellings } from "../components/misspelt";
import { useFolderPrograms } from "./folderPrograms";
import type { Program } from "./program";
import { programs } from "./programs";
import type { Stage } from "./stage";

/* What no compiler has looked at: plain JavaScript, a stack's configuration, YAML. Under the real engine. */

const root = join(__dirname, "..", "..");
let stage: Stage;
let rootProgram: Program;
const engine = useFolderPrograms((opened) => {
  stage = opened;
  rootProgram = programs(stage).find(({ name }) => name === "the root")!;
});

/** So many properties of each component, from every depth. */
const MANY = 40;
const components = Object.keys(componentArguments) as ComponentName[];

/** `MANY` misspelt properties, each another one, and arguments in which all of them stand. */
function chosen(component: ComponentName): { all: Misspelling[]; args: object } {
  const known = new Map(misspellings(component).map((one) => [`${one.within}.${one.right}`, one]));
  const each = [...known.values()];
  const step = Math.max(1, each.length / MANY);
  const all = Array.from({ length: Math.min(MANY, each.length) }, (_, n) => each[Math.floor(n * step)]!);
  return { all, args: all.reduce<object>((args, one) => merged(args, one.args), {}) };
}

function merged(a: object, b: object): object {
  if (Array.isArray(a) && Array.isArray(b)) return [merged(a[0], b[0])];
  const both = { ...a } as Record<string, unknown>;
  for (const [name, value] of Object.entries(b)) {
    const before = both[name];
    both[name] =
      typeof before === "object" && before !== null && typeof value === "object"
        ? merged(before, value)
        : value;
  }
  return both;
}

const pathOf = ({ within, wrong }: Misspelling) => (within === "" ? wrong : `${within}.${wrong}`);
const lineOf = (one: Misspelling) => `${pathOf(one)} is not known: did you mean "${one.right}"?`;

/** What the engine says of a program that it refuses; nothing may be planned. */
async function refusalOf(folder: string): Promise<string> {
  const { stack } = await engine().folderStack({ folder });
  const steps: string[] = [];
  const failed = stack.preview({
    onEvent: ({ resourcePreEvent }) => {
      if (resourcePreEvent) steps.push(resourcePreEvent.metadata.type);
    },
  });
  const message = await failed.then(
    () => "it was accepted",
    (error: Error) => error.message,
  );
  // The stack itself, and in other languages the plugin of the package.
  expect(steps.filter((type) => !/^pulumi:(pulumi:Stack|providers:)/.test(type))).toEqual([]);
  return message.replace(/\s+/g, " ");
}

function programFolder(name: string, files: Record<string, string>): string {
  const folder = join(stage.folder, name);
  mkdirSync(folder);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
}

describe.each(components)("%s", (component) => {
  it("refuses every misspelt property of a program in plain JavaScript", async () => {
    const { all, args } = chosen(component);
    const folder = programFolder(`js-${component}`, {
      "Pulumi.yaml": "name: misspelt\nruntime: nodejs\n",
      "package.json": '{ "main": "index.js" }',
      "index.js": `new (require("zitadel-siem").${component})("audit-log", ${JSON.stringify(args)});\n`,
    });
    const message = await refusalOf(folder);
    const accepted = all.filter((one) => !message.includes(lineOf(one)));
    console.log(
      `${component} in JavaScript: ${all.length} misspelt, ${all.length - accepted.length} refused`,
    );
    expect(all.length).toBeGreaterThan(3);
    expect(accepted.map(lineOf), message).toEqual([]);
  });

  // YAML itself compares a program with the schema, and says which properties there are.
  it("refuses every misspelt property of a program in YAML", async () => {
    const { all } = chosen(component);
    const resources = all.map((one, index) => [
      `audit-log-${index}`,
      { type: `zitadel-siem:index:${component}`, properties: completed(component, one.args) },
    ]);
    const folder = programFolder(`yaml-${component}`, {
      "Pulumi.yaml": stringify({
        name: "misspelt",
        runtime: "yaml",
        resources: Object.fromEntries(resources),
      }),
    });
    const message = await refusalOf(folder);
    const known = [...message.matchAll(/Existing properties are: ([\w, ]+)/g)].map(([, names]) =>
      names!.trim(),
    );
    const accepted = all.filter(
      ({ wrong, right }) =>
        !message.includes(lineOf({ wrong, right } as Misspelling)) &&
        !(message.includes(wrong) && known.some((names) => names.split(", ").includes(right))),
    );
    console.log(`${component} in YAML: ${all.length} misspelt, ${all.length - accepted.length} refused`);
    expect(accepted.map(lineOf), message.slice(0, 20_000)).toEqual([]);
  });
});

describe("the root's stack", () => {
  const keys = [
    "domian",
    "prot",
    "insecrue",
    "organisationId",
    "readerKey",
    "nameSpace",
    "startForm",
    "login",
  ];

  async function rootRefusal(further: Record<string, string>): Promise<string> {
    const program = rootProgram;
    const folder = join(stage.folder, `root-${Object.keys(further).length}`);
    cpSync(program.folder, folder, { recursive: true, verbatimSymlinks: true });
    const stack = await engine().folderStack({ folder });
    const config = Object.entries(program.config).map(([key, value]) => [
      key,
      typeof value === "string" ? { value } : { value: value.secret, secret: true },
    ]);
    await stack.stack.setAllConfig(Object.fromEntries(config), true);
    const more = Object.entries(further).map(([key, value]) => [key, { value }]);
    await stack.stack.setAllConfig(Object.fromEntries(more), true);
    return stack.preview().then(
      () => "it was accepted",
      (error: Error) => error.message.replace(/\s+/g, " "),
    );
  }

  it("refuses keys that it does not know, with the right ones", async () => {
    const message = await rootRefusal(Object.fromEntries(keys.map((key) => [key, "x"])));
    const right = [
      "domain",
      "port",
      "insecure",
      "organizationId",
      "readerKeys",
      "namespace",
      "startFrom",
      "logins",
    ];
    for (const [index, key] of keys.entries())
      expect(message).toContain(`${key} is not known: did you mean "${right[index]}"?`);
  });

  it("refuses properties within its keys that it does not know", async () => {
    const message = await rootRefusal({
      "readerKeys[0].expirez": "2027-11-01T00:00:00Z",
      "logins.organizatons[0].id": "x",
      "logins.stdout.namespaze": "zitadel",
      "logins.webhook.ingres.host": "logins.example.com",
    });
    for (const [path, right] of [
      ["reader.keys[0].expirez", "expires"],
      ["logins.organizatons", "organizations"],
      ["logins.stdout.namespaze", "namespace"],
      ["logins.webhook.ingres", "ingress"],
    ])
      expect(message).toContain(`${path} is not known: did you mean "${right}"?`);
  });
});
