import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startTraffic, trafficHistory } from "../../local/zitadel/traffic";
import { FaultyReceiver } from "./faultyReceiver";
import { compare, noticesIn } from "./ledger";
import { type FolderWatch, watchFolder } from "./parkingFolder";
import { Random, runSeed } from "./random";
import { Stage, until } from "./stage";

const SPEED = 20;
const HOUR = 3_600_000_000;
const LIMIT = 4 << 20;
const BATCH = { maxRecords: 100, inFlight: 4 };
/**
 * What the journal's files may take beyond the limit: the write-ahead log is written back after the commit that
 * fills its share, so that share can be exceeded by one commit, a page of 1,000 events. They are 1 MB of text
 * here, and as pages of the database, with the ids and the aggregates' heads, half as much again.
 */
const ONE_COMMIT = 1.5 * (1 << 20);

let folder: string;
let stage: Stage;
/** The receiver that is down; the stage's own is the one of the other lane. */
let down: FaultyReceiver;
let size: FolderWatch;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zitadel-siem-parking-"));
});
afterEach(async () => {
  size.stop();
  await stage.clear();
  await down.close();
  rmSync(folder, { recursive: true, force: true });
});

test("a destination that is down at the journal's limit holds up nobody and in the end has every event, late ones included", async () => {
  const seed = runSeed("parking");
  await setStage(seed, ["up", "down"]);
  const { zitadel, forwarder, receiver } = stage;
  loadHistory(seed, 8_000);
  const late = [await openLate("before parking")];
  await forwarder.start();
  await parked();

  // Late events: begun before the lane was parked, while it is, and before it follows again.
  late.shift()!.commit();
  const traffic = startTraffic(zitadel, { seed: seed + 1_000, eventsPerSecond: 200 });
  for (let count = 0; count < 3; count++) {
    const push = await openLate(`while parked ${count}`);
    const written = traffic.written;
    await until("400 events are written meanwhile", 30, () => traffic.written >= written + 400);
    push.commit();
  }
  late.push(await openLate("until after"));
  const written = traffic.written;
  await until("400 events are written meanwhile", 30, () => traffic.written >= written + 400);
  const lacking = compare(stage.database, down.file).missing.length;
  const had = receiver.arrived.size;
  down.down = false;
  await until("the destination gets what it lacked", 150, () => down.arrived.size > 2_000);
  late.shift()!.commit();
  await traffic.stop();
  const up = await stage.everythingArrived(150);
  const caughtUp = await everythingArrivedAtDown();

  const lateFound = (await stage.metric("zitadel_siem_events_late_total")) ?? 0;
  console.log(
    `parking: ${up.written} events written; while the lane was parked the other got ${had}, the parked one lacked ` +
      `${lacking}; in the end: up ${up.missing.length} missing, ${up.duplicates} duplicates; down ` +
      `${caughtUp.missing.length} missing, ${caughtUp.duplicates} duplicates; 5 late commits, ${lateFound} events ` +
      `found late; journal at most ${size.most} bytes of ${LIMIT} in ${size.looks} looks`,
  );
  expect(up).toMatchObject({ missing: [], different: [], unknown: [], duplicates: 0 });
  expect(caughtUp).toMatchObject({ missing: [], different: [], unknown: [] });
  // The batches under way when it was parked, and late events that the range brings before they are found late.
  expect(caughtUp.duplicates).toBeLessThanOrEqual(BATCH.inFlight * BATCH.maxRecords + lateFound);
  expect(had).toBeGreaterThan(8_000);
  expect(lacking).toBeGreaterThan(8_000);
  expect(lateFound).toBeGreaterThanOrEqual(5);
  expectLimitHeld();
});

test("killed three times in the midst of the backfill, the lane still gets every event", async () => {
  const seed = runSeed("killed while backfilling");
  await setStage(seed, ["up", "down"]);
  const { zitadel, forwarder } = stage;
  loadHistory(seed, 8_000);
  await forwarder.start();
  await parked();
  const traffic = startTraffic(zitadel, { seed: seed + 1_000, eventsPerSecond: 100 });
  await until("the other lane has the history", 150, () => stage.receiver.arrived.size > 8_000);
  down.down = false;
  const lacking: number[] = [];
  for (let kill = 0; kill < 3; kill++) {
    const enough = down.arrived.size + 1_500;
    await until("the backfill goes on", 150, () => down.arrived.size >= enough, undefined, 0);
    await forwarder.kill();
    lacking.push(compare(stage.database, down.file).missing.length);
    await forwarder.start();
  }
  await traffic.stop();
  const up = await stage.everythingArrived(150);
  const caughtUp = await everythingArrivedAtDown();
  console.log(
    `killed while backfilling: ${up.written} events written; lacking at the kills: ${lacking.join(", ")}; in the end: ` +
      `up ${up.missing.length} missing, ${up.duplicates} duplicates; down ${caughtUp.missing.length} missing, ` +
      `${caughtUp.duplicates} duplicates; journal at most ${size.most} bytes of ${LIMIT} in ${size.looks} looks`,
  );
  expect(up).toMatchObject({ missing: [], different: [], unknown: [] });
  expect(caughtUp).toMatchObject({ missing: [], different: [], unknown: [] });
  for (const count of lacking) expect(count).toBeGreaterThan(500);
  const inFlight = BATCH.inFlight * BATCH.maxRecords;
  expect(up.duplicates).toBeLessThanOrEqual(3 * inFlight);
  // A page of a range counts as delivered when all its batches are.
  expect(caughtUp.duplicates).toBeLessThanOrEqual(inFlight + 3 * (inFlight + 1_000));
  expectLimitHeld();
});

test("what retention takes away while the lane is parked is reported, and what ZITADEL still holds arrives", async () => {
  const seed = runSeed("clipped while parked");
  await setStage(seed, ["up", "down"]);
  const { zitadel, forwarder, receiver, clock, database } = stage;
  // The instance is older than what it forgets: from its own creation on nothing would be missing.
  clock.jump(10 * HOUR);
  const now = clock.now();
  zitadel.store.load(trafficHistory(zitadel, seed, 6_000, now - 6 * HOUR, now - 5 * HOUR));
  zitadel.store.load(trafficHistory(zitadel, seed + 1_000, 2_000, now - HOUR, now));
  await forwarder.start();
  await parked();
  const up = await stage.everythingArrived(150);
  // The end of retention lies where nothing was written, so that it takes away nothing more while the range is read.
  zitadel.conditions.auditLogRetention = (3 * HOUR) / 1e6;
  down.down = false;
  const held = now - HOUR;
  await until(
    "what ZITADEL holds has arrived",
    150,
    () => arrivedSince(held).missing.length === 0,
    undefined,
    500,
  );
  await until("the loss is reported to both", 30, () =>
    [receiver, down].every(({ file }) => noticesIn(file, "range_clipped").length > 0),
  );

  const lost = compare(database, down.file).missing.map((name) => Number(/ at (\d+)$/.exec(name)![1]));
  const [notice, ...more] = noticesIn(down.file, "range_clipped");
  const metric = await stage.metric("zitadel_siem_ranges_clipped_total");
  const logged = forwarder.readLog().split("ZITADEL no longer held the beginning of a range").length - 1;
  console.log(
    `clipped while parked: ${up.written} events written, ${arrivedSince(held).written} still held and ` +
      `${arrivedSince(held).missing.length} of them missing; ${lost.length} lost and reported as from ${notice?.from} to ` +
      `${notice?.heldFrom}; metric ${metric}, ${logged} log lines`,
  );
  expect(up).toMatchObject({ missing: [], duplicates: 0 });
  expect(lost.length).toBeGreaterThan(3_000);
  expect(more).toEqual([]);
  expect(noticesIn(receiver.file, "range_clipped")).toEqual([notice]);
  expect(notice).toMatchObject({ destination: "down" });
  expect(Math.min(...lost)).toBeGreaterThanOrEqual(Date.parse(notice!.from as string) * 1000);
  expect(Math.max(...lost)).toBeLessThan(Date.parse(notice!.heldFrom as string) * 1000);
  expect(Date.parse(notice!.heldFrom as string) * 1000).toBeLessThan(held + HOUR / 60);
  expect({ metric, logged }).toEqual({ metric: 1, logged: 1 });
  expectLimitHeld();
});

test("what retention takes away while the source waits for space, with every destination down, is reported", async () => {
  const seed = runSeed("clipped while full");
  await setStage(seed, ["down"]);
  const { zitadel, forwarder, clock, database } = stage;
  // The instance is older than what it forgets: from its own creation on nothing would be missing.
  clock.jump(10 * HOUR);
  const now = clock.now();
  zitadel.store.load(trafficHistory(zitadel, seed, 6_000, now - 6 * HOUR, now - 5 * HOUR));
  zitadel.store.load(trafficHistory(zitadel, seed + 1_000, 2_000, now - HOUR, now));
  await forwarder.start();
  await until(
    "the journal is full",
    150,
    async () => (await stage.metric("zitadel_siem_journal_full")) === 1,
  );
  zitadel.conditions.auditLogRetention = (3 * HOUR) / 1e6;
  // A retention that was shortened is found within ten minutes.
  await until("the source has waited for long", 150, () => clock.now() > now + HOUR / 5);
  down.down = false;
  const held = now - HOUR;
  await until(
    "what ZITADEL holds has arrived",
    150,
    () => arrivedSince(held).missing.length === 0,
    undefined,
    500,
  );
  const lost = compare(database, down.file).missing.map((name) => Number(/ at (\d+)$/.exec(name)![1]));
  await until("the loss is reported", 30, () => noticesIn(down.file, "range_clipped").length > 0);
  const [notice, ...more] = noticesIn(down.file, "range_clipped");
  const metric = await stage.metric("zitadel_siem_events_clipped_total");
  const logged = forwarder.readLog().split("its audit-log retention removed them").length - 1;
  console.log(
    `clipped while full: ${lost.length} events lost and reported as from ${notice?.from} to ${notice?.heldFrom}; ` +
      `metric ${metric}, ${logged} log lines`,
  );
  expect(lost.length).toBeGreaterThan(1_000);
  expect(more).toEqual([]);
  expect(Math.min(...lost)).toBeGreaterThanOrEqual(Date.parse(notice!.from as string) * 1000);
  expect(Math.max(...lost)).toBeLessThan(Date.parse(notice!.heldFrom as string) * 1000);
  expect({ metric, logged }).toEqual({ metric: 1, logged: 1 });
  expectLimitHeld();
});

/** Destinations of these names: "up" is the stage's receiver, "down" the one that is down from the beginning. */
async function setStage(seed: number, names: readonly ("up" | "down")[]): Promise<void> {
  const random = new Random(seed);
  down = await FaultyReceiver.start(join(folder, "down.ndjson"), random);
  down.down = true;
  stage = await Stage.set({
    random,
    speed: SPEED,
    // Before 4.2 an event bears the time at which its transaction began and can appear minutes later.
    zitadel: { version: "4.1.4" },
    configuration: (plain) => ({
      ...plain,
      destinations: names.map((name) => {
        const { url } = name === "up" ? stageUrl(plain) : down;
        return { name, http: { url, timeoutSeconds: 600 }, batch: BATCH };
      }),
      journal: { maxBytes: LIMIT },
    }),
  });
  size = watchFolder(stage.forwarder.journal);
}

function stageUrl({ destinations }: { destinations: { http?: { url: string } }[] }): { url: string } {
  return destinations[0]!.http!;
}

function loadHistory(seed: number, events: number): void {
  const { zitadel, clock } = stage;
  const now = clock.now();
  zitadel.store.load(trafficHistory(zitadel, seed, events, now - 3 * HOUR, now));
}

/** A transaction with events in it that stays open. */
async function openLate(name: string) {
  const { store, organizationId, adminKey } = stage.zitadel;
  const push = await store.begin();
  await push.push(
    [1, 2, 3].map((number) => ({
      aggregateType: "user",
      aggregateId: `late-${name}-${number}`,
      eventType: "user.locked",
      resourceOwner: organizationId,
      editorUser: adminKey.userId,
    })),
  );
  return push;
}

async function parked(): Promise<void> {
  await until("the lane is parked", 150, async () => (await stage.metric("zitadel_siem_lane_parked")) === 1);
}

async function everythingArrivedAtDown() {
  await until(
    "the destination that was down has every event",
    150,
    () => compare(stage.database, down.file).missing.length === 0,
    () => `missing for example ${compare(stage.database, down.file).missing[0]}`,
    500,
  );
  return compare(stage.database, down.file);
}

function arrivedSince(micros: number) {
  return compare(stage.database, down.file, `created_at >= ${micros}`);
}

function expectLimitHeld(): void {
  expect(size.looks).toBeGreaterThan(200);
  expect(size.most).toBeGreaterThan(LIMIT / 2);
  expect(size.most).toBeLessThanOrEqual(LIMIT + ONE_COMMIT);
}
