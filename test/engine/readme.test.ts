import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { ensurePulumi } from "../../tools/pulumi/ensurePulumi";

const root = join(__dirname, "..", "..");
const readme = readFileSync(join(root, "README.md"), "utf8");
const deployment = [...readme.matchAll(/^```sh\n(.*?)^```/gms)]
  .map(([, block]) => block!.trim().split("\n"))
  .find((lines) => lines.some((line) => line.startsWith("pulumi")));

// `pulumi up` of the stack itself is run by the tests of the root stack.
test("the README's way to configure the stack works, and keeps its secrets", async () => {
  const { command } = await ensurePulumi((line) => console.log(line));
  const folder = mkdtempSync(join(tmpdir(), "zitadel-siem-readme-"));
  try {
    cpSync(join(root, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
    writeFileSync(join(folder, "admin-key.json"), '{"key":"planted-admin-key"}');
    const environment = {
      PATH: `${dirname(command)}:/usr/bin:/bin`,
      HOME: folder,
      PULUMI_HOME: join(folder, "home"),
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      SIEM_TOKEN: "planted-token",
    };
    const run = (line: string) =>
      execFileSync("bash", ["-euc", line], {
        cwd: folder,
        env: environment,
        encoding: "utf8",
        stdio: "pipe",
      });
    const lines = deployment!.filter((line) => line !== "pulumi up");
    expect(lines.length).toBeGreaterThan(6);
    for (const line of lines) run(line);
    const config = JSON.parse(run("pulumi config --json --show-secrets")) as Record<
      string,
      { value: string; secret: boolean; objectValue?: unknown }
    >;
    expect(config["zitadel-siem:adminKey"]).toMatchObject({
      value: '{"key":"planted-admin-key"}',
      secret: true,
    });
    expect(config["zitadel-siem:destinationToken"]).toMatchObject({ value: "planted-token", secret: true });
    expect(JSON.parse(config["zitadel-siem:readerKeys"]!.value)).toHaveLength(1);
    const written = readFileSync(join(folder, "Pulumi.production.yaml"), "utf8");
    expect(written).not.toContain("planted");
    expect(written).toContain("zitadel.example.com");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
