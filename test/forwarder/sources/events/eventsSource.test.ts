import { afterEach, describe, expect, test } from "vitest";
import { createEventRecord } from "../../../../forwarder/records/eventRecord";
import { creationMicros, formatMicros } from "../../../../forwarder/records/micros";
import { createRedaction } from "../../../../forwarder/records/redaction/redaction";
import { systemClock } from "../../../../local/zitadel/clock";
import { addUsers, createRig, load, type Rig, type Run, until } from "./rig";

const HOUR = 3_600_000_000;
const DAY = 24 * HOUR;

let rig: Rig;
afterEach(() => rig.close());
const open = async () => {
  rig = await createRig();
  return rig;
};

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
      await until(() => rig.holdsAll(run));
      await run.stop();
      await addUsers(zitadel, 10);
      run = rig.start({ events: { startFrom: "beginning" } });
    }
    await until(() => rig.holdsAll(run));
    expect(run.ids().length).toBe(rig.storedIds().length);
    expect(run.records().length).toBe(rig.storedIds().length);
  });

  test("says that it has read up to a time only when the journal holds what was created before", async () => {
    const { zitadel } = await open();
    load(
      zitadel,
      Array.from({ length: 3000 }, (_, index) => systemClock.now() - DAY + index * 20_000_000),
    );
    const redaction = createRedaction();
    const made = new Set<string>();
    const saidTooEarly: string[] = [];
    const run: Run = rig.start({
      events: { startFrom: "beginning" },
      // Records are made of what was read right before they are committed.
      createRecord: (event, context) => {
        const record = createEventRecord(event, context, redaction);
        const { edges } = run.source.state();
        const said = Math.max(run.source.ranges.readThroughMicros(), creationMicros(edges!.tail));
        if (record.createdMicros < said && !made.has(record.id)) saidTooEarly.push(record.id);
        made.add(record.id);
        return record;
      },
    });
    await until(() => rig.holdsAll(run));
    expect(made.size).toBeGreaterThanOrEqual(3000);
    expect(saidTooEarly).toEqual([]);
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
    await until(() => run.ids().length > 3);
    const times = run.records().map(({ event }) => (event as { creationDate: string }).creationDate);
    expect(times.toSorted()[0]).toBe(formatMicros(added.createdAt));
  });

  test("names the event types that ZITADEL does not know, and reads the others", async () => {
    const { zitadel } = await open();
    await addUsers(zitadel, 2);
    const run = rig.start({
      events: { startFrom: "beginning", filter: { eventTypes: ["user.human.added", "user.humn.removed"] } },
    });
    await until(() => run.ids().length >= 2);
    expect(run.source.state().unknownTypes).toEqual(["user.humn.removed"]);
    expect(rig.log.find(({ unknownTypes }) => unknownTypes)).toMatchObject({
      unknownTypes: ["user.humn.removed"],
    });
    expect(await run.metric("zitadel_siem_events_unknown_types")).toBe(1);
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
    expect(run.ids().length).toBe(4 * 360);
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
    await until(() => rig.holdsAll(run));
    expect(run.notices("crowded_microsecond")).toEqual([]);
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
    await until(() => rig.holdsAll(run));
    const snapshot = zitadel.store.snapshot();
    await zitadel.store.push([event, event]);
    await until(() => rig.holdsAll(run));
    const before = rig.storedIds();
    zitadel.store.restore(snapshot);
    await zitadel.store.push([event]);
    await until(() => rig.holdsAll(run));
    await until(() => run.notices("history_forked").length > 0);
    const held = new Set(run.ids());
    expect(before.every((id) => held.has(id))).toBe(true);
    expect(run.notices("history_forked")[0]!.notice).toMatchObject({
      places: [{ aggregateType: "user", aggregateId: "forked", sequence: 2 }],
    });
    expect(await run.metric("zitadel_siem_history_forked_total")).toBe(1);

    // The same place once more, after another restore.
    zitadel.store.restore(snapshot);
    await zitadel.store.push([event]);
    await until(() => run.notices("history_forked").length > 1);
    expect(await run.metric("zitadel_siem_history_forked_total")).toBe(2);
  });
});
