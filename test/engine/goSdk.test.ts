import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { buildProducts } from "../../local/run/build";
import { buildFlags, goEnvironment } from "../../tools/pulumi/goProgram";
import { ensureGoSdkGenerator } from "../../tools/pulumi-go-sdk/ensureGenerator";

const root = join(__dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "zitadel-siem-go-sdk-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("the SDK that Pulumi generates for Go compiles", async () => {
  const say = (line: string) => console.log(line);
  await buildProducts(say);
  const generator = await ensureGoSdkGenerator(say);
  const schema = join(root, "components", "dist", "schema.json");
  execFileSync(generator, [schema, folder], { stdio: "pipe" });

  const sdk = join(folder, "zitadelsiem");
  const tool = join(root, "tools", "pulumi-go-sdk");
  const [, path] = /"(\S+)\/internal"/.exec(readFileSync(join(sdk, "init.go"), "utf8"))!;
  const pinned = readFileSync(join(tool, "go.mod"), "utf8");
  writeFileSync(join(sdk, "go.mod"), pinned.replace(/^module .*/, `module ${path}`));
  copyFileSync(join(tool, "go.sum"), join(sdk, "go.sum"));
  const started = performance.now();
  const compile = () =>
    execFileSync("go", ["build", ...buildFlags(), "./..."], {
      cwd: sdk,
      env: goEnvironment(),
      encoding: "utf8",
      stdio: "pipe",
    });
  expect(compile).not.toThrow();
  say(`compiled in ${((performance.now() - started) / 1000).toFixed(0)} s`);
  for (const component of ["AuditLogStream", "EventsReader", "Forwarder", "LoginActions", "LoginSecrets"])
    expect(
      readFileSync(join(sdk, `${component[0]!.toLowerCase()}${component.slice(1)}.go`), "utf8"),
    ).toContain(`func New${component}(`);
});
