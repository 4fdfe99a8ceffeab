import * as pulumi from "@pulumi/pulumi";
import * as zitadel from "@pulumiverse/zitadel";
import { afterAll, describe, expect, it } from "vitest";
import { AuditLogStream, type AuditLogStreamArgs, type ReaderKey } from "../../components/index";
import type { Operation } from "../../local/engineStack";
import { buildProducts } from "../../local/run/build";
import { searchFiles, tracesOf } from "./secrets";
import { uniqueName, useEngine } from "./stack";
import { openStage, type Stage } from "./stage";

const TOKEN = "marked-bearer-token";
let stage: Stage;

const engine = useEngine(async () => {
  await buildProducts(() => undefined);
  stage = await openStage();
  return { plugins: ["zitadel", "kubernetes"], environment: stage.workload.environment };
});
afterAll(() => stage?.close());

const firstKey: ReaderKey = { name: "2026-11", expires: "2035-01-01T00:00:00+01:00" };
const nextKey: ReaderKey = { name: "2027-02", expires: "2036-01-01T00:00:00Z" };

/** The stream as a program declares it; `change` overrides properties. */
function stream(change: Partial<AuditLogStreamArgs> = {}) {
  const server = stage.zitadel;
  const { hostname: domain, port } = new URL(server.url);
  const provider = new zitadel.Provider("zitadel", {
    domain,
    port,
    insecure: true,
    jwtProfileJson: pulumi.secret(JSON.stringify(server.adminKey)),
  });
  return new AuditLogStream(
    "audit-log",
    {
      zitadel: { domain, port: Number(port), insecure: true },
      organizationId: server.organizationId,
      reader: { keys: [firstKey] },
      destinations: [
        { name: "log", stdout: {} },
        { name: "soc", http: { url: "http://127.0.0.1:9/records", bearer: { value: TOKEN } } },
      ],
      namespace: "audit",
      createNamespace: true,
      ...change,
    },
    { providers: { zitadel: provider } },
  );
}

type Change = Partial<AuditLogStreamArgs>;

/** What an operation did to resources, without those that stayed the same: `create MachineKey`. */
const changesOf = ({ steps }: Operation) =>
  steps.filter(({ op }) => op !== "same").map(({ op, type }) => `${op} ${type.split(":").at(-1)}`);

describe("AuditLogStream under the engine", () => {
  it("goes through a life: preview, up, up, rotation, destroy", async () => {
    let change: Change = {};
    const stack = await engine().inlineStack({
      project: uniqueName("stream"),
      program: async () => ({ userId: stream(change).readerUserId }),
    });

    const preview = await stack.preview();
    const up = await stack.up();
    expect(up.diagnostics).toEqual([]);
    expect(up.changes).toEqual(preview.changes);
    expect(changesOf(await stack.up()), "a second up").toEqual([]);
    const { found, files } = searchFiles(engine().folder, tracesOf(TOKEN));
    expect(files).toBeGreaterThan(10);
    expect(found, "a credential that the program does not mark as secret is one in the state").toEqual([]);

    change = { reader: { keys: [firstKey, nextKey] } };
    const appended = changesOf(await stack.up());
    expect(appended).toContain("create MachineKey");
    expect(appended).toContain("update StatefulSet");
    expect(appended, "both keys are good").not.toContain("delete MachineKey");

    change = { reader: { keys: [nextKey] } };
    const removed = await stack.up();
    const order = changesOf(removed);
    expect(order.indexOf("update StatefulSet"), "no pod knows the key that goes").toBeLessThan(
      order.indexOf("delete MachineKey"),
    );
    expect(order.filter((step) => step.endsWith("MachineKey"))).toEqual(["delete MachineKey"]);

    change = {
      destinations: [{ name: "soc", http: { url: "http://127.0.0.1:9/", bearer: { value: "other" } } }],
    };
    const credential = { ...change };
    await stack.up();
    change = {
      destinations: [
        { name: "soc", http: { ...credential.destinations![0]!.http!, bearer: { value: "another" } } },
      ],
    };
    expect(changesOf(await stack.up()), "a credential alone rolls no pod").not.toContain(
      "update StatefulSet",
    );

    const destroyed = await stack.destroy();
    expect(destroyed.diagnostics).toEqual([]);
    expect((await stack.export()).deployment.resources ?? []).toEqual([]);
  });

  it("lets a volume grow in place, and replaces the pods where they get one or lose it", async () => {
    let change: Change = { storage: { size: "1Gi" }, namespace: "sizes" };
    const stack = await engine().inlineStack({
      project: uniqueName("sizes"),
      program: async () => void stream(change),
    });
    const changeOf = async (storage: Change["storage"]) => {
      change = { ...change, storage };
      return changesOf(await stack.up());
    };
    await stack.up();
    const grown = await changeOf({ size: "5Gi" });
    expect(grown).toContain("update PersistentVolumeClaim");
    expect(grown).toContain("update StatefulSet");
    expect(grown.filter((step) => /replace.* (StatefulSet|PersistentVolumeClaim)/.test(step))).toEqual([]);
    expect(await changeOf({ kind: "ephemeral" })).toContain("replace StatefulSet");
    expect(await changeOf({ size: "2Gi" })).toContain("replace StatefulSet");
    await stack.destroy();
  });

  const number = Number("400716712430799910") as never;
  it.each<[string, Change]>([
    [
      "destinations[0].http.url must be an http or https URL",
      { destinations: [{ name: "soc", http: { url: pulumi.output("siem.example.com") } }] },
    ],
    ["organizationId is a number, and numbers do not keep", { organizationId: pulumi.output(number) }],
    ["events.resourceOwner is a number", { events: { resourceOwner: pulumi.output(number) } }],
    [
      "destinations[0].http.bearer.value is no text",
      {
        destinations: [
          {
            name: "soc",
            http: { url: "https://siem.example.com", bearer: { value: pulumi.secret(number) } },
          },
        ],
      },
    ],
  ])("finds at preview, and says without a stack trace, that an output of %s", async (problem, change) => {
    const stack = await engine().inlineStack({
      project: uniqueName("wrong"),
      program: async () => void stream(change),
    });
    const message = await stack.preview().then(
      () => "",
      (error: Error) => error.message,
    );
    expect(message).toContain(problem);
    expect(message).not.toContain("4007167124307999");
    expect(message).not.toMatch(/^\s+at .*\.ts:/m);
  });
});
