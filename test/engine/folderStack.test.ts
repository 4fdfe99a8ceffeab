import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ensureYamlLanguage } from "../../tools/pulumi/ensurePulumi";
import { useEngine } from "./stack";

const engine = useEngine(async () => ({
  plugins: ["random"],
  languages: { yaml: await ensureYamlLanguage((line) => console.log(line)) },
}));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zitadel-siem-yaml-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("runs a program of another language from a copy of its folder, with its configuration", async () => {
  writeFileSync(
    join(folder, "Pulumi.yaml"),
    [
      "name: greeting",
      "runtime: yaml",
      "config: { who: { type: string }, password: { type: string, secret: true } }",
      "outputs: { greeting: 'hello $" + "{who}', password: '$" + "{password}' }",
    ].join("\n"),
  );
  const stack = await engine().folderStack({
    folder,
    config: { who: "world", password: { secret: "hidden" } },
  });
  const { outputs, changes, diagnostics } = await stack.up();
  expect(outputs.greeting).toEqual({ value: "hello world", secret: false });
  expect(outputs.password).toEqual({ value: "hidden", secret: true });
  expect(changes).toEqual({ create: 1 });
  expect(diagnostics).toEqual([]);
  expect((await stack.up()).changes).toEqual({ same: 1 });
  expect(JSON.stringify(await stack.export())).not.toContain("hidden");
  expect(readdirSync(folder)).toEqual(["Pulumi.yaml"]);
});
