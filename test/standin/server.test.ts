import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { AdjustableClock } from "../../local/zitadel/clock";
import { UNAVAILABLE } from "../../local/zitadel/faults";
import { generatedFiles } from "../../local/zitadel/generate";
import { startZitadel, type Zitadel, type ZitadelOptions } from "../../local/zitadel/server";
import { startTraffic, trafficHistory } from "../../local/zitadel/traffic";
import { temporaryFolder } from "../forwarder/journal/records";

const running: Zitadel[] = [];
afterEach(async () => {
  for (const zitadel of running.splice(0)) await zitadel.close();
});

async function start(options: ZitadelOptions = {}) {
  const zitadel = await startZitadel(options);
  running.push(zitadel);
  const [, { token }] = await zitadel.users.addPersonalAccessToken(
    zitadel.administrator,
    zitadel.adminKey.userId,
  );
  const search = (body: object = {}, signal?: AbortSignal) =>
    fetch(`${zitadel.url}/admin/v1/events/_search`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, connection: "close" },
      body: JSON.stringify(body),
      signal,
    });
  return { zitadel, search };
}

test("its data is what the recordings say", () => {
  for (const { path, text } of generatedFiles()) expect(readFileSync(path, "utf8"), path).toBe(text);
});

describe("faults", () => {
  test("a status befalls the next requests, as many as asked for", async () => {
    const { zitadel, search } = await start();
    zitadel.faults.inject(UNAVAILABLE, 2);
    expect([(await search()).status, (await search()).status, (await search()).status]).toEqual([
      503, 503, 200,
    ]);
    expect(zitadel.faults.hits).toBe(2);
    expect(zitadel.requests.get("POST /admin/v1/events/_search")).toBe(3);
  });

  test("garbage is no JSON", async () => {
    const { zitadel, search } = await start();
    zitadel.faults.inject({ kind: "garbage" });
    await expect((await search()).json()).rejects.toThrow();
  });

  test.each(["close", "cut"] as const)("%s ends the connection before the answer does", async (kind) => {
    const { zitadel, search } = await start();
    zitadel.faults.inject({ kind });
    await expect(search().then((response) => response.text())).rejects.toThrow();
  });

  test("hang gives no answer until the client goes away", async () => {
    const { zitadel, search } = await start();
    zitadel.faults.inject({ kind: "hang" });
    const client = new AbortController();
    const request = search({}, client.signal);
    while (zitadel.faults.hits === 0) await new Promise((resolve) => setImmediate(resolve));
    client.abort();
    await expect(request).rejects.toThrow("aborted");
  });
});

test("audit log retention hides older events silently", async () => {
  const clock = new AdjustableClock(undefined, 0);
  const { zitadel, search } = await start({ clock });
  clock.jump(3600e6);
  await zitadel.users.addMachine(zitadel.administrator, { userName: "late", name: "late" });
  zitadel.conditions.auditLogRetention = 60;
  const { events } = (await (await search({ asc: true })).json()) as { events: { payload: object }[] };
  expect(events.map((event) => event.payload)).toEqual([{ name: "late", userName: "late" }]);
});

test("the Date header tells the injected clock's time", async () => {
  const clock = new AdjustableClock(Date.UTC(2031, 0, 1) * 1000, 0);
  const { search } = await start({ clock });
  expect((await search()).headers.get("date")).toBe("Wed, 01 Jan 2031 00:00:00 GMT");
});

test("an editor's display name is the one that it has when the event is read", async () => {
  const { zitadel, search } = await start();
  const editor = async () => {
    const body = { eventTypes: ["user.machine.added"], limit: 1, editorUserId: added.aggregateId };
    const { events } = (await (await search(body)).json()) as {
      events: { editor: { displayName?: string } }[];
    };
    return events[0]!.editor.displayName;
  };
  const { users, administrator } = zitadel;
  const added = await users.addMachine(administrator, { userName: "first", name: "First" });
  const caller = { ...administrator, userId: added.aggregateId };
  await users.addMachine(caller, { userName: "second", name: "Second" });
  expect(await editor()).toBe("First");
  await users.changeMachine(administrator, added.aggregateId, { name: "Renamed" });
  expect(await editor()).toBe("Renamed");
  await users.end(administrator, added.aggregateId, "removed");
  expect(await editor()).toBeUndefined();
});

test("users and tokens live through a restart, and go when the database is restored to before them", async () => {
  const database = join(temporaryFolder(), "events.db");
  const first = await startZitadel({ database });
  const before = first.store.snapshot();
  const added = await first.users.addMachine(first.administrator, { userName: "robot", name: "Robot" });
  await first.close();
  const { zitadel } = await start({ database });
  expect(zitadel.instanceId).toBe(first.instanceId);
  expect(zitadel.users.get(added.aggregateId).name).toBe("Robot");
  zitadel.store.restore(before);
  expect(() => zitadel.users.get(added.aggregateId)).toThrow("User could not be found");
});

describe("traffic", () => {
  const shapes = (zitadel: Zitadel, seed: number) =>
    [...trafficHistory(zitadel, seed, 300, 0, 300)].flatMap(({ events }) =>
      events.map((event) => [event.eventType, event.aggregateId]),
    );

  test("is the same for the same seed and different for another", async () => {
    const { zitadel } = await start();
    expect(shapes(zitadel, 1)).toEqual(shapes(zitadel, 1));
    expect(shapes(zitadel, 1)).not.toEqual(shapes(zitadel, 2));
  });

  test("is counted as it is written, until it is stopped", async () => {
    const { zitadel } = await start();
    const count = () =>
      zitadel.store.table.query("SELECT count(*) AS count FROM events").get()!.count as number;
    const before = count();
    const traffic = startTraffic(zitadel, { seed: 1, eventsPerSecond: 5000, writers: 3 });
    while (traffic.written < 500) await new Promise((resolve) => setImmediate(resolve));
    await traffic.stop();
    expect(count() - before).toBe(traffic.written);
  });
});
