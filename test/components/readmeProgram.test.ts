import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildProducts } from "../../local/run/build";
import { recordPreview } from "./recordedPreview";

const root = join(__dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "zitadel-siem-readme-"));
beforeAll(() => buildProducts((line) => console.log(line)), 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const readme = readFileSync(join(root, "README.md"), "utf8");
const [, program = "", after = ""] = /^```ts\n(.*?)^```(.*)/ms.exec(readme) ?? [];
const [, commands = ""] = /^```sh\n(.*?)^```/ms.exec(after) ?? [];

it("the README's program is whole, with the configuration that stands below it", async () => {
  for (const file of ["package.json", "tsconfig.json"]) cpSync(join(root, file), join(folder, file));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "index.ts"), program);
  const settings = [...commands.matchAll(/^pulumi config set (--secret )?(\S+) (?:< )?(.+)$/gm)].map(
    ([, secret, name = "", value = ""]) => ({
      key: name.includes(":") ? name : `mine:${name}`,
      value: value.endsWith(".json") ? "{}" : value,
      secret,
    }),
  );
  expect(settings.map(({ key }) => key)).toEqual(["zitadel:domain", "zitadel:jwtProfileJson", "mine:token"]);
  // With the types checked, as at a person's.
  const requests = await recordPreview({
    folder,
    project: "mine",
    config: Object.fromEntries(settings.map(({ key, value }) => [key, value])),
    secretKeys: settings.filter(({ secret }) => secret).map(({ key }) => key),
  });
  const types = requests.map(({ message }) => message.type);
  expect(types).toContain("zitadel:index/machineKey:MachineKey");
  expect(types).toContain("kubernetes:apps/v1:StatefulSet");
}, 120_000);
