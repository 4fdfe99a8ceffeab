import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { stringify } from "yaml";
import { buildProducts } from "../../local/run/build";
import { ensureYamlLanguage } from "../../tools/pulumi/ensurePulumi";
import { useEngine } from "./stack";
import { listCluster, listZitadel, openStage, type Stage, waitFor } from "./stage";

const say = (line: string) => console.log(line);
let stage: Stage;
const engine = useEngine(async () => {
  await buildProducts(say);
  stage = await openStage();
  const plugin = join(stage.folder, "plugin");
  execFileSync("npm", ["run", "plugin", "--", plugin], { cwd: join(__dirname, "..", ".."), stdio: "pipe" });
  return {
    plugins: ["zitadel", "kubernetes"],
    components: { "zitadel-siem": plugin },
    languages: { yaml: await ensureYamlLanguage(say) },
    environment: stage.workload.environment,
  };
});
afterAll(() => stage?.close());

/** How a program in YAML refers to an output. */
const output = (path: string) => `\${${path}}`;

/** What the installed plugin keeps of what V8 compiled: names, and when each was written. */
function compiledCode(): string[] {
  const folder = join(engine().folder, "pulumi-home", "plugins", "resource-zitadel-siem-v0.1.0");
  return readdirSync(folder)
    .filter((name) => name.startsWith("compiled-"))
    .map((name) => `${name} ${statSync(join(folder, name)).mtimeMs}`);
}

/** For the plugin: the two parts of AuditLogStream, with outputs of the first in the depths of the second. */
const program = ({ zitadel, receiver }: Stage) => {
  const { hostname: domain, port } = new URL(zitadel.url);
  const address = { domain, port: Number(port), insecure: true };
  return {
    name: "parts",
    runtime: "yaml",
    resources: {
      reader: {
        type: "zitadel-siem:EventsReader",
        properties: {
          organizationId: zitadel.organizationId,
          keys: [
            { name: "first", expires: "2035-01-01T00:00:00Z" },
            { name: "second", expires: "2036-01-01T00:00:00Z" },
          ],
        },
      },
      forwarder: {
        type: "zitadel-siem:Forwarder",
        properties: {
          zitadel: address,
          reader: { userId: output("reader.userId"), machineKeys: output("reader.machineKeys") },
          events: { startFrom: "beginning" },
          destinations: [
            {
              name: "siem",
              http: { url: receiver.url, headers: { "x-reader": output("reader.userId") } },
            },
            {
              name: "again",
              http: { url: receiver.url, bearer: { value: output("reader.machineKeys[1]") } },
            },
          ],
          namespace: "parts",
          createNamespace: true,
        },
      },
    },
    outputs: { userId: output("reader.userId"), keys: output("reader.machineKeys") },
  };
};

it("an output reaches a component of another language however deep, unknown at preview and secret as it was", async () => {
  const folder = mkdtempSync(join(stage.folder, "parts-"));
  writeFileSync(join(folder, "Pulumi.yaml"), stringify(program(stage)));
  const before = [listZitadel(stage.zitadel), listCluster(stage)];
  const { hostname: domain, port } = new URL(stage.zitadel.url);
  const stack = await engine().folderStack({
    folder,
    config: {
      "zitadel:domain": domain,
      "zitadel:port": port,
      "zitadel:insecure": "true",
      "zitadel:jwtProfileJson": { secret: JSON.stringify(stage.zitadel.adminKey) },
    },
  });

  const preview = await stack.preview();
  // The SDK's types do not know that there are such.
  const debug = preview.events.flatMap(({ diagnosticEvent: event }) =>
    String(event?.severity) === "debug" ? [event!.message.length] : [],
  );
  expect(debug.length).toBeGreaterThan(10);
  expect(Math.max(...debug), "the forwarder's program is in no message").toBeLessThan(5_000);
  const compiled = compiledCode();
  expect(compiled).toHaveLength(1);
  const up = await stack.up();
  expect(compiledCode(), "what the first start compiled serves the second").toEqual(compiled);
  expect(up.changes).toEqual(preview.changes);
  const userId = up.outputs.userId!.value as string;
  const keys = up.outputs.keys!;
  expect(keys.secret).toBe(true);
  expect(keys.value.map((key: string) => JSON.parse(key).userId)).toEqual([userId, userId]);

  await waitFor("records arrive at both destinations", () => {
    const { receiver } = stage;
    return receiver.seen("x-reader").length > 0 && receiver.seen("authorization").length > 0;
  });
  expect(stage.receiver.seen("x-reader")).toEqual([userId]);
  expect(stage.receiver.seen("authorization")).toEqual([`Bearer ${keys.value[1]}`]);

  expect((await stack.up()).changes).toEqual({ same: up.changes.create });
  await stack.destroy();
  expect([listZitadel(stage.zitadel), listCluster(stage)]).toEqual(before);
  say(`${up.changes.create} resources, ${stage.receiver.records.length} records delivered`);
});
