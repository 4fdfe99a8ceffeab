import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { withoutAnswer } from "../../components/debugMessages";
import { buildProducts } from "../../local/run/build";
import { tracesOf } from "../engine/secrets";
import { plainEnvironment, runPreview } from "./recordedPreview";

const root = join(__dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "zitadel-siem-debug-"));
beforeAll(() => buildProducts((line) => console.log(line)), 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const key = JSON.stringify({
  keyId: "301",
  key: "-----BEGIN RSA PRIVATE KEY-----\nMARKED-admin-key\n-----END",
});
const config = {
  "zitadel-siem:domain": "zitadel.example.com",
  "zitadel-siem:adminKey": key,
  "zitadel-siem:organizationId": "301",
  "zitadel-siem:readerKeys": '[{"name":"2026-11","expires":"2099-11-01T00:00:00Z"}]',
  "zitadel-siem:namespace": "audit",
  "zitadel-siem:destinationUrl": "https://siem.example.com/records",
  "zitadel-siem:destinationToken": "MARKED-destination-token",
};
const others =
  'export const { urn } = new Secret("another", { stringData: { password: "MARKED-of-another" } });';

/** The root's program with a resource that is not ours. */
function program(text: string): string {
  writeFileSync(
    join(folder, "index.ts"),
    `import { Secret } from "@pulumi/kubernetes/core/v1";\n${text}\n${others}\n`,
  );
  return folder;
}

it("no answer of the engine is told, in any message of a program with the component", async () => {
  for (const file of ["package.json", "tsconfig.json"]) cpSync(join(root, file), join(folder, file));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const secretKeys = ["zitadel-siem:adminKey", "zitadel-siem:destinationToken"];
  const environment = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
  };
  const run = (text: string) =>
    runPreview({ folder: program(text), project: "zitadel-siem", config, secretKeys }, environment);
  const traces = [key, "MARKED-destination-token", "MARKED-of-another"].flatMap(tracesOf);

  const { messages } = await run(readFileSync(join(root, "index.ts"), "utf8"));
  expect(messages.filter((message) => message.includes("RPC finished")).length).toBeGreaterThan(20);
  expect(messages.filter((message) => traces.some((trace) => message.includes(trace)))).toEqual([]);

  const alone = await run("");
  const told = alone.messages.filter((message) => traces.some((trace) => message.includes(trace)));
  expect(told.length, "without the component the SDK tells it").toBeGreaterThan(0);
}, 120_000);

it("a copy of the SDK that the program loads besides is kept from it too", () => {
  const file = join(folder, "copy", "@pulumi", "pulumi", "log", "index.js");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "exports.debug = (message) => console.log(message);");
  const program = `
    require("zitadel-siem");
    const copy = require(${JSON.stringify(file)});
    setImmediate(() => copy.debug("ReadResource RPC finished: resource:x[y]; err: null, resp: MARKED"));`;
  const output = execFileSync(process.execPath, ["-e", program], {
    cwd: root,
    env: plainEnvironment(),
    encoding: "utf8",
  });
  expect(output).toBe("ReadResource RPC finished: resource:x[y] (what the answer holds is left out)\n");
});

it.each([
  ["RegisterResource RPC finished: resource:a[b]; err: null, resp: urn,MARKED", "resource:a[b]"],
  ["getResource Invoke RPC finished: err: null, resp: MARKED", "getResource Invoke RPC finished"],
  ["Invoke RPC finished: tok=a:b:c; err: null, resp: MARKED", "tok=a:b:c"],
  [
    "RegisterResourceOutputs RPC finished: urn=urn:pulumi:x; err: Error: MARKED, resp: undefined",
    "urn=urn:pulumi:x",
  ],
  ["RegisterResource RPC failed: t=a, name=b, err=Error: MARKED", "t=a, name=b"],
  ["Call RPC finished in a new form: MARKED", "Call RPC finished"],
])("of %j it leaves what it is about", (message, about) => {
  expect(withoutAnswer(message)).toContain(about);
  expect(withoutAnswer(message)).not.toContain("MARKED");
});

it("what a program says for itself stays", () => {
  for (const said of ["err: of the program, resp: too", "Registering resource: t=a, name=b"])
    expect(withoutAnswer(said)).toBe(said);
});
