import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { ZitadelError } from "../../../../forwarder/zitadel/zitadelError";
import { UNAVAILABLE } from "../../../../local/zitadel/faults";
import type { ZitadelOptions } from "../../../../local/zitadel/server";
import { addUsers, createRig, type Rig, until } from "./rig";

let rig: Rig;
afterEach(() => rig.close());
const open = async (options?: ZitadelOptions) => {
  rig = await createRig(options);
  return rig;
};

describe("what keeps the events source from reading", () => {
  test("says that the service account named by startFrom is unknown", async () => {
    await open();
    const run = rig.start({ events: { startFrom: { userId: "404" } } });
    await until(() => run.source.state().fault?.kind === "start not found");
    expect(run.source.state().fault?.remedy).toContain("startFrom");
  });

  test.each([
    ["is starting", UNAVAILABLE, "unavailable"],
    ["answers garbage", { kind: "garbage" }, "garbage"],
    ["closes the connection", { kind: "close" }, "unreachable"],
    ["breaks off in an answer", { kind: "cut" }, "unreachable"],
  ] as const)("goes on when ZITADEL %s", async (_, fault, kind) => {
    const { zitadel } = await open();
    zitadel.faults.inject(fault, Number.POSITIVE_INFINITY);
    const run = rig.start();
    await until(() => run.source.state().fault?.kind === kind);
    zitadel.faults.clear();
    await addUsers(zitadel, 2);
    await until(() => rig.holdsAll(run));
    expect(run.source.state().fault).toBeUndefined();
  });

  test("gets a new token when the old one has expired", async () => {
    const { zitadel } = await open({ accessTokenLifetime: 2 });
    const run = rig.start();
    await until(() => (zitadel.requests.get("POST /oauth/v2/token") ?? 0) >= 2);
    await addUsers(zitadel, 2);
    await until(() => rig.holdsAll(run));
    expect(run.source.state().fault).toBeUndefined();
  });

  test("follows a rotation of its key without a refused read", async () => {
    const { zitadel } = await open();
    const { administrator, users: commands, adminKey } = zitadel;
    const [, second] = await commands.addKey(administrator, adminKey.userId);
    writeFileSync(join(rig.secrets, "second.json"), "not yet there");
    const run = rig.start({
      zitadel: { credentials: { machineKeyFiles: ["key.json", "second.json"] } },
    });
    await until(() => rig.holdsAll(run));
    writeFileSync(join(rig.secrets, "second.json"), JSON.stringify(second));
    await until(() => (zitadel.requests.get("POST /oauth/v2/token") ?? 0) >= 2);
    await commands.removeKey(administrator, adminKey.userId, adminKey.keyId);
    await addUsers(zitadel, 2);
    await until(() => rig.holdsAll(run));
    expect(await run.metric("zitadel_siem_events_failures_total")).toBeUndefined();
  });

  test("says which role is missing, and reads once it is given", async () => {
    const { zitadel } = await open();
    const { administrator } = zitadel;
    const added = await zitadel.users.addMachine(administrator, { userName: "reader", name: "reader" });
    const [, key] = await zitadel.users.addKey(administrator, added.aggregateId);
    writeFileSync(join(rig.secrets, "reader.json"), JSON.stringify(key));
    const run = rig.start({ zitadel: { credentials: { machineKeyFiles: ["reader.json"] } } });
    await until(() => run.source.state().fault?.kind === "no membership");
    expect(run.source.state().fault?.remedy).toContain("IAM_OWNER_VIEWER");
    await zitadel.members.add(administrator, added.aggregateId, ["IAM_OWNER_VIEWER"]);
    await until(() => rig.holdsAll(run));
  });

  test("refuses a journal of another instance with the remedy", async () => {
    await open();
    const first = rig.start({ bindInstance: () => undefined });
    await until(() => rig.holdsAll(first));
    const cursor = JSON.parse(first.journal.readCursor("events")!);
    await first.stop();
    const second = rig.start({
      bindInstance: () => undefined,
      journal: Object.assign(Object.create(first.journal), {
        readCursor: () => JSON.stringify({ ...cursor, instanceId: "another" }),
      }),
    });
    const problem = (await second.done.catch((error) => error)) as ZitadelError;
    expect(problem).toMatchObject({ kind: "other instance", details: { retry: "never" } });
    expect(second.source.state().phase).toBe("stopped");
  });
});
