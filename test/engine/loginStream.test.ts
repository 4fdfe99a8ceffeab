import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import * as zitadel from "@pulumiverse/zitadel";
import { afterAll, expect, it } from "vitest";
import { AuditLogStream, type StreamLogins } from "../../components/index";
import type { Operation } from "../../local/engineStack";
import { buildProducts } from "../../local/run/build";
import { AdjustableClock } from "../../local/zitadel/clock";
import { Directory } from "../../local/zitadel/directory";
import { until } from "../completeness/stage";
import { uniqueName, useEngine } from "./stack";
import { listZitadel, openStage, type Stage } from "./stage";

let stage: Stage;
const clock = new AdjustableClock();
const engine = useEngine(async () => {
  await buildProducts(() => undefined);
  stage = await openStage({ clock });
  return { plugins: ["zitadel", "kubernetes", "random"], environment: stage.workload.environment };
});
afterAll(() => stage?.close());

function stream(logins: StreamLogins | undefined) {
  const { hostname: domain, port } = new URL(stage.zitadel.url);
  const provider = new zitadel.Provider("zitadel", {
    domain,
    port,
    insecure: true,
    jwtProfileJson: pulumi.secret(JSON.stringify(stage.zitadel.adminKey)),
  });
  return new AuditLogStream(
    "audit-log",
    {
      zitadel: { domain, port: Number(port), insecure: true },
      organizationId: stage.zitadel.organizationId,
      reader: { keys: [{ name: "2026-11", expires: "2035-01-01T00:00:00Z" }] },
      destinations: [{ name: "log", stdout: {} }],
      namespace: "logins",
      createNamespace: true,
      replicas: 1,
      logins,
    },
    { providers: { zitadel: provider } },
  );
}

/** When the engine began and ended a step on resources of a type, as places in its event log; -1 where it did not. */
function span({ events }: Operation, op: string, type: string) {
  const is = (metadata: { op: string; type: string } | undefined) =>
    metadata?.op === op && metadata.type.endsWith(`:${type}`);
  return {
    begins: events.findIndex(({ resourcePreEvent }) => is(resourcePreEvent?.metadata)),
    ends: events.findLastIndex(({ resOutputsEvent }) => is(resOutputsEvent?.metadata)),
  };
}

function expectOrder(operation: Operation, ...[first, second]: [op: string, type: string][]) {
  const before = span(operation, ...first!);
  const after = span(operation, ...second!);
  expect(before.ends, `${first} ends`).toBeGreaterThan(-1);
  expect(after.begins, `${second} begins after ${first} ends`).toBeGreaterThan(before.ends);
}

/** The signing secrets in the Actions' scripts, each once, and those that the forwarder's Secret holds by its file. */
function secrets() {
  const directory = new Directory();
  for (const event of stage.zitadel.store.history(Directory.eventTypes)) directory.apply(event);
  const signing = [...directory.actions.values()].map(({ script }) => /"secret": "(\w+)"/.exec(script)![1]!);
  const secret = stage.workload.supervisor.objects
    .all()
    .find(({ kind, metadata }) => kind === "Secret" && metadata.name?.endsWith("-credentials"));
  const { data, stringData } = secret as {
    data?: Record<string, string>;
    stringData?: Record<string, string>;
  };
  const files = {
    ...stringData,
    ...Object.fromEntries(
      Object.entries(data ?? {}).map(([file, text]) => [file, Buffer.from(text, "base64").toString()]),
    ),
  };
  const accepted = Object.entries(files).filter(([file]) => file.startsWith("login-"));
  return { signing: [...new Set(signing)], accepted: Object.fromEntries(accepted) };
}

it("the forwarder knows a secret before a script signs with it, and stands while a script is bound", async () => {
  const { organizationId: id } = stage.zitadel;
  const from = [{ namespaceLabels: { "kubernetes.io/metadata.name": "zitadel" } }];
  const file = (generation: string) => `login-${id}.${generation}`;
  let logins: StreamLogins | undefined = { organizations: [{ id }], secrets: ["2026-11"], webhook: { from } };
  const stack = await engine().inlineStack({
    project: uniqueName("stream"),
    program: async () => ({ bindings: stream(logins).loginBindings }),
  });

  const preview = await stack.preview();
  const up = await stack.up();
  expect(up.diagnostics).toEqual([]);
  expect(up.changes).toEqual(preview.changes);
  expectOrder(up, ["create", "StatefulSet"], ["create", "Action"]);
  expect(up.outputs.bindings!.value).toHaveLength(2);
  const first = secrets();
  expect(first).toEqual({ signing: [expect.any(String)], accepted: { [file("2026-11")]: first.signing[0] } });
  expect((await stack.up()).changes).toEqual({ same: up.changes.create });

  logins = { ...logins, secrets: ["2026-11", "2027-02"] };
  const appended = await stack.up();
  expectOrder(appended, ["update", "StatefulSet"], ["update", "Action"]);
  const both = secrets();
  expect(both.accepted[file("2026-11")], "the old one is accepted still").toBe(first.signing[0]);
  expect(both.signing).toEqual([both.accepted[file("2027-02")]]);
  expect(both.signing).not.toEqual(first.signing);

  logins = { ...logins, secrets: ["2027-02"] };
  const removed = await stack.up();
  expect(span(removed, "update", "Action").begins, "no script changes").toBe(-1);
  expectOrder(removed, ["update", "StatefulSet"], ["delete", "RandomPassword"]);
  expect(secrets()).toEqual({ signing: both.signing, accepted: { [file("2027-02")]: both.signing[0] } });

  logins = { ...logins, stdout: { collect: false } };
  expectOrder(await stack.up(), ["same", "StatefulSet"], ["update", "Action"]);

  const destroyed = await stack.destroy();
  expect(destroyed.diagnostics).toEqual([]);
  expectOrder(destroyed, ["delete", "Action"], ["delete", "StatefulSet"]);
  expect(listZitadel(stage.zitadel).actions).toEqual([]);
  console.log("create, rotation in two updates and destroy, each in its order by the engine's event log");
});

it("an instance with Login V2 takes the stack, and metric, log and readiness say that its logins are silent", async () => {
  const { organizationId: id, administrator, users, store } = stage.zitadel;
  const logins: StreamLogins = {
    organizations: [{ id }],
    secrets: ["2026-11"],
    webhook: { from: [{ namespaceLabels: { "kubernetes.io/metadata.name": "zitadel" } }] },
  };
  const stack = await engine().inlineStack({
    project: uniqueName("stream"),
    program: async () => ({ bindings: stream(logins).loginBindings }),
  });
  const up = await stack.up();
  expect(up.diagnostics).toEqual([]);
  expect(up.outputs.bindings!.value).toHaveLength(2);
  const page = async (path: string) => {
    const url = `http://audit-log-0.audit-log.logins.svc:8081${path}`;
    return (await fetch(await stage.workload.supervisor.network.reach(url))).text();
  };
  const state = async () => JSON.parse(await page("/readyz"));

  // Its checks have no authentication request, and no Action runs.
  const person = { userName: "zoe", firstName: "Zoe", lastName: "Unal", email: "zoe@example.test" };
  const { aggregateId } = await users.addHuman(administrator, person);
  await until("checks are watched", 60, async () => (await state()).logins.since[id] !== undefined);
  const check = { aggregateType: "user", aggregateId, resourceOwner: id, payload: {} };
  for (let count = 0; count < 12; count++)
    await store.push([
      { ...check, eventType: "user.human.password.check.succeeded", editorUser: "login-v2" },
    ]);
  clock.jump(310_000_000);
  await until("the silence is said", 60, async () => (await state()).logins.silent !== undefined);
  const { ready, logins: said } = await state();
  expect(ready, "what is silent takes calls all the same").toBe(true);
  expect(said.silent).toMatch(/Login V2/);
  expect(await page("/metrics")).toMatch(/^zitadel_siem_logins_silent 1$/m);
  const [pod] = stage.workload.supervisor.pods;
  const lines = readFileSync(pod!.logFile("forwarder"), "utf8").split("\n");
  expect(lines.filter((line) => line.includes('"level":"error"') && line.includes("Login V2"))).toHaveLength(
    1,
  );
  await stack.destroy();
});
