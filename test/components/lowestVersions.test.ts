import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readComponentSchema } from "./componentSchema";
import { expectGolden } from "./golden";
import { publishAndInstall } from "./publishedPackage";
import { plainEnvironment } from "./recordedPreview";

/* The package with the oldest versions that its ranges let in; what npm installs by itself are the newest. */

const folder = mkdtempSync(join(tmpdir(), "zitadel-siem-lowest-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A preview by Pulumi's mocks: prints the versions that were loaded, and what the program declares. */
const program = `
  const pulumi = require("@pulumi/pulumi");
  const types = [];
  const newResource = ({ type, name, inputs }) => (types.push(type), { id: name, state: inputs });
  pulumi.runtime.setMocks({ newResource, call: () => ({}) }, "project", "stack", true);
  const { AuditLogStream } = require("zitadel-siem");
  new AuditLogStream("audit-log", {
    zitadel: { domain: "zitadel.example.com" },
    organizationId: "301",
    reader: { keys: [{ name: "2026-11", expires: "2099-11-01T00:00:00Z" }] },
    destinations: [{ name: "soc", http: { url: "https://siem.example.com", bearer: { value: "token" } } }],
    namespace: "audit",
    createNamespace: true,
  });
  const version = (name) => require(name + "/package.json").version;
  pulumi.runtime.disconnect().then(() =>
    console.log(JSON.stringify({
      node: process.version,
      versions: ["@pulumi/pulumi", "@pulumi/kubernetes", "zod", "typescript"].map(version),
      types,
    })),
  );
`;

/** The oldest Node.js that Pulumi's oldest SDK here runs on, where there is one on PATH; else this one. */
function oldestNode(): string {
  const onPath = process.env.PATH!.split(delimiter).map((directory) => join(directory, "node"));
  const isOldest = (command: string) => {
    try {
      return execFileSync(command, ["--version"], { encoding: "utf8" }).startsWith("v20.");
    } catch {
      return false;
    }
  };
  return onPath.find(isOldest) ?? process.execPath;
}

it("works with the oldest versions of what it depends on", async () => {
  const manifest = readFileSync(join(__dirname, "..", "..", "components", "package.json"), "utf8");
  const { dependencies } = JSON.parse(manifest) as { dependencies: Record<string, string> };
  const names = ["@pulumi/pulumi", "@pulumi/kubernetes", "zod", "typescript"];
  const oldest = names.map((name) => dependencies[name]!.replace("^", ""));
  const published = await publishAndInstall(
    folder,
    names.map((name, index) => `${name}@${oldest[index]}`),
  );
  writeFileSync(join(published.project, "program.js"), program);
  const output = execFileSync(oldestNode(), ["program.js"], {
    cwd: published.project,
    env: plainEnvironment(),
    encoding: "utf8",
  });
  const { node, versions, types } = JSON.parse(output);
  console.log(`Node.js ${node} with ${names.map((name, index) => `${name} ${versions[index]}`).join(", ")}`);
  expect(versions).toEqual(oldest);
  expect(types).toContain("zitadel:index/machineKey:MachineKey");
  expect(types).toContain("kubernetes:apps/v1:StatefulSet");
  expectGolden("schema", await readComponentSchema(published.folder, published.project));
}, 300_000);
