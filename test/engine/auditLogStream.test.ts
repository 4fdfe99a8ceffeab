import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as zitadel from "@pulumiverse/zitadel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AuditLogStream, type AuditLogStreamArgs, type ReaderKey } from "../../components/index";
import type { Operation } from "../../local/engineStack";
import { buildProducts } from "../../local/run/build";
import { startWorkload, type Workload } from "../../local/workload/server";
import { Warden } from "../../local/workload/warden";
import { startZitadel, type Zitadel } from "../../local/zitadel/server";
import { uniqueName, useEngine } from "./stack";

/** The key of a secret's object in the state (`sig` in Pulumi's wire format). */
const SECRET_MARK = "4dabf18193072939515e22adb298388d";
const TOKEN = "marked-bearer-token";
const folder = mkdtempSync(join(tmpdir(), "zitadel-siem-stream-"));
let server: Zitadel;
let warden: Warden;
let workload: Workload;

const engine = useEngine(async () => {
  await buildProducts(() => undefined);
  warden = new Warden(folder);
  workload = await startWorkload(join(folder, "workload"), warden);
  return { plugins: ["zitadel", "kubernetes"], environment: workload.environment };
});
beforeAll(async () => {
  server = await startZitadel();
});
afterAll(async () => {
  await workload?.close();
  await server?.close();
  await warden?.close();
  rmSync(folder, { recursive: true, force: true });
});

const firstKey: ReaderKey = { name: "2026-11", expires: "2035-01-01T00:00:00+01:00" };
const nextKey: ReaderKey = { name: "2027-02", expires: "2036-01-01T00:00:00Z" };

/** The stream as a program declares it; `change` overrides properties. */
function stream(change: Partial<AuditLogStreamArgs> = {}) {
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

/** The state's text without what it keeps encrypted; the Automation API exports that decrypted, but marked. */
const plainOf = (state: unknown) =>
  JSON.stringify(state, (_, value) => (value?.[SECRET_MARK] ? "[secret]" : value));

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

    const plain = plainOf((await stack.export()).deployment);
    for (const secret of [TOKEN, "PRIVATE KEY", '\\"serviceaccount\\"'])
      expect(plain.includes(secret), `the state holds ${secret} in the clear`).toBe(false);
    expect(plain).toContain("audit-log-credentials");

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

  it("finds at preview what is wrong with a value that is an output, and says it without a stack trace", async () => {
    const stack = await engine().inlineStack({
      project: uniqueName("wrong"),
      program: async () => {
        stream({ destinations: [{ name: "soc", http: { url: pulumi.output("siem.example.com") } }] });
      },
    });
    const message = await stack.preview().then(
      () => "",
      (error: Error) => error.message,
    );
    expect(message).toContain("destinations[0].http.url must be an http or https URL");
    expect(message).not.toMatch(/^\s+at .*\.ts:/m);
  });
});
