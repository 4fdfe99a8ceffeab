import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { CheckpointStore } from "../../../forwarder/checkpoint/checkpoint";
import { RangeClippedError } from "../../../forwarder/journal/contract";
import { formatMicros } from "../../../forwarder/records/micros";
import type { Problem } from "../../../forwarder/sources/events/problem";
import { AdjustableClock, systemClock } from "../../../local/zitadel/clock";
import { UNAVAILABLE } from "../../../local/zitadel/faults";
import type { Zitadel, ZitadelOptions } from "../../../local/zitadel/server";
import { createRig, type Rig, type Run, until } from "./rig";

const HOUR = 3_600_000_000;
const DAY = 24 * HOUR;

let rig: Rig;
afterEach(() => rig.close());
const open = async (options?: ZitadelOptions) => {
  rig = await createRig(options);
  return rig;
};

let users = 0;
async function addUsers(zitadel: Zitadel, count: number): Promise<void> {
  for (let added = 0; added < count; added++)
    await zitadel.users.addHuman(zitadel.administrator, {
      userName: `user-${users++}`,
      firstName: "Ada",
      lastName: "Lovelace",
      email: "ada@example.com",
    });
}

/** Writes a history: pushes of one event at each of these times. */
function load(zitadel: Zitadel, times: number[]): void {
  zitadel.store.load(
    times.map((createdAt, index) => ({
      createdAt,
      events: [
        {
          aggregateType: "user",
          aggregateId: `loaded-${index % 50}`,
          eventType: "user.metadata.set",
          resourceOwner: zitadel.organizationId,
          payload: { key: "k" },
        },
      ],
    })),
  );
}

const ids = (run: Run) => run.journal.idsCreatedBetween(0, 9e15);
const holdsAll = (run: Run) => {
  const held = new Set(ids(run));
  return rig.storedIds().every((id) => held.has(id));
};
const notices = (run: Run, type: string) =>
  run.records().filter((record) => (record.notice as { type: string } | undefined)?.type === type);
const metric = async (run: Run, name: string) =>
  (await run.registry.getSingleMetric(name)!.get()).values[0]?.value;

/** A checkpoint kept in memory. */
function memory(): CheckpointStore & { text: string | undefined } {
  return {
    text: undefined,
    async read() {
      return this.text;
    },
    async write(text) {
      this.text = text;
    },
  };
}

describe("the events source", () => {
  test("brings every event of the store into the journal once, over restarts", async () => {
    const { zitadel } = await open();
    load(
      zitadel,
      Array.from({ length: 3000 }, (_, index) => systemClock.now() - DAY + index * 20_000_000),
    );
    let run = rig.start({ events: { startFrom: "beginning" } });
    for (let restart = 0; restart < 3; restart++) {
      await addUsers(zitadel, 10);
      await until(() => holdsAll(run));
      await run.stop();
      await addUsers(zitadel, 10);
      run = rig.start({ events: { startFrom: "beginning" } });
    }
    await until(() => holdsAll(run));
    expect(ids(run).length).toBe(rig.storedIds().length);
    expect(run.records().length).toBe(rig.storedIds().length);
  });

  test("begins at the creation of its own service account", async () => {
    const { zitadel } = await open();
    const added = await zitadel.users.addMachine(zitadel.administrator, {
      userName: "reader",
      name: "reader",
    });
    await addUsers(zitadel, 3);
    const run = rig.start({ events: { startFrom: { userId: added.aggregateId } } });
    await until(() => run.source.state().phase === "following" && run.journal.status().lastPosition > 0);
    await until(() => ids(run).length > 3);
    const times = run.records().map(({ event }) => (event as { creationDate: string }).creationDate);
    expect(times.toSorted()[0]).toBe(formatMicros(added.createdAt));
  });

  test("says that the service account named by startFrom is unknown", async () => {
    await open();
    const run = rig.start({ events: { startFrom: { userId: "404" } } });
    await until(() => run.source.state().obstacle?.kind === "start not found");
    expect(run.source.state().obstacle?.remedy).toContain("startFrom");
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
    await until(() => run.source.state().obstacle?.kind === kind);
    zitadel.faults.clear();
    await addUsers(zitadel, 2);
    await until(() => holdsAll(run));
    expect(run.source.state().obstacle).toBeUndefined();
  });

  test("gets a new token when the old one has expired", async () => {
    const { zitadel } = await open({ accessTokenLifetime: 2 });
    const run = rig.start();
    await until(() => (zitadel.requests.get("POST /oauth/v2/token") ?? 0) >= 2);
    await addUsers(zitadel, 2);
    await until(() => holdsAll(run));
    expect(run.source.state().obstacle).toBeUndefined();
  });

  test("follows a rotation of its key without a refused read", async () => {
    const { zitadel } = await open();
    const { administrator, users: commands, adminKey } = zitadel;
    const [, second] = await commands.addKey(administrator, adminKey.userId);
    writeFileSync(join(rig.secrets, "second.json"), "not yet there");
    const run = rig.start({
      zitadel: { credentials: { machineKeyFiles: ["key.json", "second.json"] } },
    });
    await until(() => holdsAll(run));
    writeFileSync(join(rig.secrets, "second.json"), JSON.stringify(second));
    await until(() => (zitadel.requests.get("POST /oauth/v2/token") ?? 0) >= 2);
    await commands.removeKey(administrator, adminKey.userId, adminKey.keyId);
    await addUsers(zitadel, 2);
    await until(() => holdsAll(run));
    expect(await metric(run, "zitadel_siem_events_failures_total")).toBeUndefined();
  });

  test("says which role is missing, and reads once it is given", async () => {
    const { zitadel } = await open();
    const { administrator } = zitadel;
    const added = await zitadel.users.addMachine(administrator, { userName: "reader", name: "reader" });
    const [, key] = await zitadel.users.addKey(administrator, added.aggregateId);
    writeFileSync(join(rig.secrets, "reader.json"), JSON.stringify(key));
    const run = rig.start({ zitadel: { credentials: { machineKeyFiles: ["reader.json"] } } });
    await until(() => run.source.state().obstacle?.kind === "no membership");
    expect(run.source.state().obstacle?.remedy).toContain("IAM_OWNER_VIEWER");
    await zitadel.members.add(administrator, added.aggregateId, ["IAM_OWNER_VIEWER"]);
    await until(() => holdsAll(run));
  });

  test("names the event types that ZITADEL does not know, and reads the others", async () => {
    const { zitadel } = await open();
    await addUsers(zitadel, 2);
    const run = rig.start({
      events: { startFrom: "beginning", filter: { eventTypes: ["user.human.added", "user.humn.removed"] } },
    });
    await until(() => ids(run).length >= 2);
    expect(run.source.state().unknownTypes).toEqual(["user.humn.removed"]);
    expect(rig.log.find(({ unknownTypes }) => unknownTypes)).toMatchObject({
      unknownTypes: ["user.humn.removed"],
    });
    expect(await metric(run, "zitadel_siem_events_unknown_types")).toBe(1);
  });

  test("ends when the time frame is read, and has recounted it", async () => {
    const { zitadel } = await open();
    const now = systemClock.now();
    load(
      zitadel,
      Array.from({ length: 2500 }, (_, index) => now - 10 * HOUR + index * 10_000_000),
    );
    const from = now - 9 * HOUR;
    const to = now - 5 * HOUR;
    const run = rig.start({
      events: { startFrom: "beginning", filter: { from: formatMicros(from), to: formatMicros(to) } },
    });
    await run.done;
    expect(run.source.state().phase).toBe("ended");
    expect(ids(run).length).toBe(4 * 360);
    expect(run.journal.idsCreatedBetween(0, from)).toEqual([]);
    expect(run.journal.idsCreatedBetween(to, 9e15)).toEqual([]);
    expect(run.source.state().recount).toMatchObject({ missing: 0, unserved: 0 });
  });

  test("reads 1,500 events of one microsecond", async () => {
    const { zitadel } = await open();
    const event = {
      aggregateType: "user",
      aggregateId: "bulk",
      eventType: "user.metadata.set",
      resourceOwner: zitadel.organizationId,
    };
    await zitadel.store.push(new Array(1500).fill(event));
    const run = rig.start();
    await until(() => holdsAll(run));
    expect(notices(run, "crowded_microsecond")).toEqual([]);
  });

  test("delivers both histories after a restore of ZITADEL's database, and reports the fork", async () => {
    const { zitadel } = await open();
    await addUsers(zitadel, 5);
    const event = {
      aggregateType: "user",
      aggregateId: "forked",
      eventType: "user.metadata.set",
      resourceOwner: zitadel.organizationId,
    };
    await zitadel.store.push([event]);
    const run = rig.start();
    await until(() => holdsAll(run));
    const snapshot = zitadel.store.snapshot();
    await zitadel.store.push([event, event]);
    await until(() => holdsAll(run));
    const before = rig.storedIds();
    zitadel.store.restore(snapshot);
    await zitadel.store.push([event]);
    await until(() => holdsAll(run));
    await until(() => notices(run, "history_forked").length > 0);
    const held = new Set(ids(run));
    expect(before.every((id) => held.has(id))).toBe(true);
    expect(notices(run, "history_forked")[0]!.notice).toMatchObject({
      places: [{ aggregateType: "user", aggregateId: "forked", sequence: 2 }],
    });
    expect(await metric(run, "zitadel_siem_history_forked_total")).toBe(1);
  });

  test("refuses a journal of another instance with the remedy", async () => {
    await open();
    const first = rig.start({ bindInstance: () => undefined });
    await until(() => holdsAll(first));
    const cursor = JSON.parse(first.journal.readCursor("events")!);
    await first.stop();
    const second = rig.start({
      bindInstance: () => undefined,
      journal: Object.assign(Object.create(first.journal), {
        readCursor: () => JSON.stringify({ ...cursor, instanceId: "another" }),
      }),
    });
    const problem = (await second.done.catch((error) => error)) as Problem;
    expect(problem).toMatchObject({ kind: "other instance", details: { retry: "never" } });
    expect(second.source.state().phase).toBe("stopped");
  });
});

describe("the loss of the journal", () => {
  test("costs no event and repeats only what was delivered after the checkpoint", async () => {
    const { zitadel } = await open();
    const now = systemClock.now();
    load(
      zitadel,
      Array.from({ length: 2000 }, (_, index) => now - 20 * 60_000_000 + index * 500_000),
    );
    // A node whose clock is ahead: read and delivered before ZITADEL's time has come so far.
    load(zitadel, [now + 3_500_000, now + 3_500_001]);
    const checkpoint = memory();
    const first = rig.start({ checkpoint });
    await until(() => holdsAll(first));
    first.deliver();
    const delivered = new Set(ids(first));
    await first.stop();
    const written = checkpoint.text!;
    // Delivered, but after the last checkpoint.
    const again = rig.start({ checkpoint });
    await addUsers(zitadel, 5);
    await until(() => holdsAll(again));
    await again.stop();
    checkpoint.text = written;
    rmSync(rig.journalFolder, { recursive: true });

    await addUsers(zitadel, 5);
    const second = rig.start({ checkpoint });
    await until(() => holdsAll(second) && second.source.state().phase === "following");
    const records = second.records().filter(({ road }) => road === "events");
    expect(records.filter(({ id }) => delivered.has(id as string))).toEqual([]);
    expect(notices(second, "journal_lost")).toHaveLength(1);
    expect(await metric(second, "zitadel_siem_journal_lost_total")).toBe(1);
    expect(rig.log.some(({ msg }) => String(msg).startsWith("the journal was lost"))).toBe(true);
  });

  test("delivers what was not delivered, and what became visible late", async () => {
    const { zitadel } = await open();
    const now = systemClock.now();
    load(
      zitadel,
      Array.from({ length: 500 }, (_, index) => now - 10 * 60_000_000 + index * 1_000_000),
    );
    const checkpoint = memory();
    const first = rig.start({ checkpoint });
    await until(() => holdsAll(first));
    first.deliver();
    const delivered = new Set(ids(first));
    await addUsers(zitadel, 4);
    await until(() => holdsAll(first));
    await first.stop();
    rmSync(rig.journalFolder, { recursive: true });

    load(zitadel, [now - 9 * 60_000_000 + 7]);
    const second = rig.start({ checkpoint });
    await until(() => holdsAll(second));
    const sent = new Set(second.records().map(({ id }) => id as string));
    const missing = rig.storedIds().filter((id) => !delivered.has(id) && !sent.has(id));
    expect(missing).toEqual([]);
    // Only the span around the late event is delivered again.
    expect([...sent].filter((id) => delivered.has(id)).length).toBeLessThan(60);
  });

  test("is no first start: a checkpoint that cannot be read holds the source up", async () => {
    await open();
    const checkpoint = memory();
    let reachable = false;
    const run = rig.start({
      checkpoint: {
        read: async () => {
          if (!reachable) throw new Error("connection refused");
          return undefined;
        },
        write: checkpoint.write,
      },
    });
    await until(() => run.source.state().obstacle?.kind === "checkpoint unreadable");
    expect(ids(run)).toEqual([]);
    reachable = true;
    await until(() => holdsAll(run));
  });

  test("a checkpoint of another instance is refused with the remedy", async () => {
    await open();
    const checkpoint = memory();
    const first = rig.start({ checkpoint });
    await until(() => holdsAll(first));
    await first.stop();
    checkpoint.text = JSON.stringify({ ...JSON.parse(checkpoint.text!), instanceId: "another" });
    rmSync(rig.journalFolder, { recursive: true });
    const second = rig.start({ checkpoint });
    const problem = (await second.done.catch((error) => error)) as Problem;
    expect(problem).toMatchObject({ kind: "other instance", details: { retry: "never" } });
    expect(problem.details.remedy).toContain("ConfigMap");
  });
});

describe("ranges", () => {
  async function readRange(run: Run, fromMicros: number, toMicros: number) {
    const read: string[] = [];
    let through = fromMicros;
    for await (const page of run.source.ranges.read({ fromMicros, toMicros }, new AbortController().signal)) {
      expect(page.throughMicros).toBeGreaterThan(through);
      for (const { createdMicros } of page.records) {
        expect(createdMicros).toBeGreaterThanOrEqual(through);
        expect(createdMicros).toBeLessThan(page.throughMicros);
      }
      through = page.throughMicros;
      read.push(...page.records.map(({ id }) => id));
    }
    expect(through).toBe(toMicros);
    return read;
  }

  test("are read whole, page by page from old to new", async () => {
    const { zitadel } = await open();
    const now = systemClock.now();
    load(
      zitadel,
      Array.from({ length: 3000 }, (_, index) => now - DAY + index * 20_000_000),
    );
    const run = rig.start({ events: { startFrom: formatMicros(now - HOUR) } });
    await until(() => run.source.state().phase === "following");
    const from = now - 20 * HOUR;
    const read = await readRange(run, from, now - 2 * HOUR);
    expect(new Set(read).size).toBe(read.length);
    expect(read.length).toBe(2280);
    expect(run.source.ranges.readThroughMicros()).toBeGreaterThan(now - 60_000_000);
  });

  test("that ZITADEL's retention has clipped are refused, not taken as empty", async () => {
    const clock = new AdjustableClock(systemClock.now() - 3 * DAY);
    const { zitadel } = await open({ clock });
    clock.jump(3 * DAY);
    const now = clock.now();
    load(
      zitadel,
      Array.from({ length: 100 }, (_, index) => now - 40 * HOUR + (index * HOUR) / 4),
    );
    const run = rig.start({ events: { startFrom: formatMicros(now - HOUR) } });
    await until(() => run.source.state().phase === "following");
    expect((await readRange(run, now - 30 * HOUR, now - 29 * HOUR)).length).toBe(4);
    zitadel.conditions.auditLogRetention = 20 * 3600;
    const refused = await readRange(run, now - 30 * HOUR, now - HOUR).catch((error) => error);
    expect(refused).toBeInstanceOf(RangeClippedError);
    expect(refused.heldFromMicros).toBeGreaterThan(now - 21 * HOUR);
    // What is still held can be read.
    expect((await readRange(run, refused.heldFromMicros, now - 16 * HOUR)).length).toBeGreaterThan(0);
  });

  test("that were clipped before the source came to read them are reported", async () => {
    const clock = new AdjustableClock(systemClock.now() - 3 * DAY);
    const { zitadel } = await open({ clock });
    clock.jump(3 * DAY);
    const now = clock.now();
    load(
      zitadel,
      Array.from({ length: 100 }, (_, index) => now - 40 * HOUR + (index * HOUR) / 4),
    );
    zitadel.conditions.auditLogRetention = 20 * 3600;
    const run = rig.start({ events: { startFrom: formatMicros(now - 30 * HOUR) } });
    await until(() => run.source.state().phase === "following");
    expect(notices(run, "range_clipped")).toHaveLength(1);
    expect(await metric(run, "zitadel_siem_events_clipped_total")).toBe(1);
  });
});
