import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { parse } from "yaml";
import type { LocalStack } from "../../local/engineStack";
import { useFolderPrograms } from "./folderPrograms";
import type { Program } from "./program";
import { programs } from "./programs";
import type { Stage } from "./stage";

/* What the documents say to type or to write, on a stack with nothing set before, up to a preview that succeeds. */

const root = join(__dirname, "..", "..");
let stage: Stage;
let rootProgram: Program;
const engine = useFolderPrograms((opened) => {
  stage = opened;
  rootProgram = programs(stage).find(({ name }) => name === "the root")!;
});

/** Types a line as a shell reads it, on a stack. */
async function type({ stack }: LocalStack, line: string): Promise<void> {
  const { pulumiCommand, workDir } = stack.workspace;
  const command = line.replace(
    /^pulumi config set /,
    `${pulumiCommand.command} config set --stack ${stack.name} `,
  );
  await promisify(execFile)("bash", ["-euc", command], {
    cwd: workDir,
    env: { ...process.env, SIEM_TOKEN: "planted-token" },
  });
}

async function rootStack(): Promise<LocalStack> {
  const stack = await engine().folderStack({ folder: rootProgram.folder });
  writeFileSync(
    join(stack.stack.workspace.workDir, "admin-key.json"),
    JSON.stringify(stage.zitadel.adminKey),
  );
  return stack;
}

/** The commands that the README deploys the ready-made stack with. */
function deployLines(): string[] {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const block = [...readme.matchAll(/^```sh\n(.*?)^```/gms)]
    .map(([, text]) => text!.trim().split("\n"))
    .find((lines) => lines.includes("pulumi up"))!;
  return block.filter((line) => line.startsWith("pulumi config set "));
}

it("the README's way to deploy reaches a preview that succeeds", async () => {
  const stack = await rootStack();
  const lines = deployLines();
  expect(lines.length).toBeGreaterThan(5);
  for (const line of lines) await type(stack, line);
  const { steps, diagnostics } = await stack.preview();
  console.log(`${lines.length} commands, ${steps.length} resources planned`);
  expect(diagnostics).toEqual([]);
  expect(steps.map(({ type: kind }) => kind)).toContain("kubernetes:apps/v1:StatefulSet");
});

it("so do the commands that Pulumi.yaml describes its configuration with", async () => {
  const described = parse(readFileSync(join(root, "Pulumi.yaml"), "utf8")) as {
    config: Record<string, { description: string }>;
  };
  const lines = Object.values(described.config).flatMap(({ description }) =>
    [...description.matchAll(/pulumi config set [^,]+?(?=,| and |$)/g)].map(([line]) => line.trim()),
  );
  expect(lines.length).toBeGreaterThan(4);
  const stack = await rootStack();
  // Whether Actions are bound is asked of ZITADEL in the preview already: of the stand-in.
  const address = Object.entries(rootProgram.config).filter(([key]) =>
    ["domain", "port", "insecure"].includes(key),
  );
  for (const line of deployLines().filter((one) => !/ domain | readerKeys/.test(one)))
    await type(stack, line);
  await stack.stack.setAllConfig(
    Object.fromEntries(address.map(([key, value]) => [key, { value: value as string }])),
  );
  const { organizationId } = stage.zitadel;
  for (const line of lines) await type(stack, line.replace(/\b\d{18}\b/, organizationId));
  const { steps, diagnostics } = await stack.preview();
  console.log(`${lines.length} commands, ${steps.length} resources planned`);
  expect(diagnostics).toEqual([]);
  expect(steps.map(({ type: kind }) => kind)).toContain("zitadel:index/action:Action");
});

interface Snippet {
  where: string;
  /** An object literal of JavaScript. */
  text: string;
}

/** The fragments of declarations in the documents. */
function fragments(): Snippet[] {
  const pages = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".md"),
  );
  return pages.flatMap((page) => {
    const text = readFileSync(join(root, "docs", page), "utf8");
    return [...text.matchAll(/^```(ts|yaml)\n(.*?)^```/gms)].flatMap(([, language, code = ""], index) => {
      const where = `${page.replace(/\W/g, "-")}-${index}`;
      const properties = language === "yaml" ? JSON.stringify(parse(code)).slice(1, -1) : code.trim();
      return isDeclaration(properties) ? [{ where, text: `{ ${properties} }` }] : [];
    });
  });
}

/** What is not one is another program's configuration. */
const isDeclaration = (text: string) =>
  /^"?(destinations|logins|releasedFields|webhook|http|podTemplate|networkPolicy|monitoring|labels|storage|resources|serviceAccount|imageRegistry|assignedUserIds)"?:/.test(
    text,
  );

it("so does every fragment of a declaration in the documents", async () => {
  const all = fragments();
  console.log(`${all.length} fragments: ${all.map(({ where }) => where).join(", ")}`);
  expect(all.length).toBeGreaterThan(9);
  const folder = join(stage.folder, "fragments");
  mkdirSync(folder);
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  cpSync(join(root, "tsconfig.json"), join(folder, "tsconfig.json"));
  writeFileSync(join(folder, "Pulumi.yaml"), "name: fragments\nruntime: nodejs\n");
  writeFileSync(join(folder, "package.json"), '{ "main": "index.js" }');
  writeFileSync(join(folder, "index.js"), program(all));
  const stack = await engine().folderStack({
    folder,
    config: {
      apiKey: { secret: "planted-key" },
      organizationId: stage.zitadel.organizationId,
      domain: rootProgram.config.domain as string,
      port: rootProgram.config.port as string,
      adminKey: rootProgram.config.adminKey as { secret: string },
    },
  });
  const { steps, diagnostics } = await stack.preview();
  expect(diagnostics).toEqual([]);
  expect(steps.filter(({ type: kind }) => kind === "zitadel-siem:index:AuditLogStream")).toHaveLength(
    all.length,
  );
});

/** A program that declares a stream for each fragment, which stands where it belongs. */
function program(all: readonly Snippet[]): string {
  return `
const pulumi = require("@pulumi/pulumi");
const zitadel = require("@pulumiverse/zitadel");
const { AuditLogStream } = require("zitadel-siem");
const config = new pulumi.Config();
const domain = config.require("domain");
const provider = new zitadel.Provider("zitadel", {
  domain, port: config.require("port"), insecure: true, jwtProfileJson: config.requireSecret("adminKey"),
});
const destinations = [{ name: "soc", http: { url: "https://siem.example.com" } }];
const organizations = [{ id: config.require("organizationId") }];
function whole({ http, webhook, ...fragment }) {
  if (http) return { destinations: [{ name: "soc", http }] };
  if (webhook) return { logins: { organizations, secrets: ["2026-11"], webhook } };
  if (!fragment.logins) return fragment;
  return { logins: { ...fragment.logins, organizations } };
}
const fragments = {
${all.map(({ where, text }) => `  "${where}": ${text},`).join("\n")}
};
for (const [name, fragment] of Object.entries(fragments))
  new AuditLogStream(
    name,
    {
      zitadel: { domain: "zitadel.example.com" },
      organizationId: config.require("organizationId"),
      reader: { keys: [{ name: "2026-11", expires: "2035-11-01T00:00:00Z" }] },
      destinations,
      namespace: "audit-log",
      workloadName: "audit-log-" + Object.keys(fragments).indexOf(name),
      ...whole(fragment),
    },
    { providers: { zitadel: provider } },
  );
`;
}
