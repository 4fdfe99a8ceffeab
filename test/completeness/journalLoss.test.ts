import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ConfigurationInput } from "../../contract";
import { startTraffic, trafficHistory } from "../../local/zitadel/traffic";
import { FaultyReceiver } from "./faultyReceiver";
import { type CheckpointText, ForwarderCluster } from "./forwarderCluster";
import { arrivedCreatedSince, compare, type Ledger, noticesIn } from "./ledger";
import { Random, runSeed } from "./random";
import { Stage, until } from "./stage";

const SPEED = 20;
const HOUR = 3_600_000_000;

let folder: string;
let cluster: ForwarderCluster;
let stage: Stage | undefined;
let second: FaultyReceiver | undefined;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "zitadel-siem-loss-"));
  cluster = await ForwarderCluster.start(folder);
});
afterEach(async () => {
  await stage?.clear();
  await second?.close();
  await cluster.close();
  stage = undefined;
  second = undefined;
  rmSync(folder, { recursive: true, force: true });
});

test("the volume deleted after 100,000 delivered events: nothing missing, and only what came since the checkpoint arrives twice", async () => {
  const seed = runSeed("volume lost");
  stage = await setStage(seed);
  const { zitadel, forwarder, receiver, clock } = stage;
  const now = clock.now();
  zitadel.store.load(trafficHistory(zitadel, seed, 100_000, now - 2 * HOUR, now));
  await forwarder.start();
  await until("100,000 events are delivered", 120, () => receiver.arrived.size >= 100_000);

  const traffic = startTraffic(zitadel, { seed: seed + 1_000, eventsPerSecond: 200 });
  await arriveAfterCheckpoint(100, stage);
  const loss = await loseJournal(stage);
  await forwarder.start();
  await traffic.stop();
  const ledger = await everythingArrivedAgain(stage, 120);
  const told = await saidAloud(stage);
  console.log(
    `volume lost: ${loss.delivered} events delivered before, ${loss.since.size} of them since the checkpoint of ` +
      `${loss.checkpoint.writtenDate}; in the end ${ledger.written} written, ${ledger.missing.length} missing, ` +
      `${ledger.duplicates} duplicates; said: ${JSON.stringify(told)}`,
  );
  expect(ledger).toMatchObject({ missing: [], different: [], unknown: [] });
  expect(loss.duplicates).toBe(0);
  expect(loss.delivered).toBeGreaterThanOrEqual(100_100);
  expect(loss.since.size).toBeGreaterThanOrEqual(100);
  expect(loss.since.size).toBeLessThan(10_000);
  expect(ledger.duplicates).toBeGreaterThan(0);
  expect(ledger.duplicates).toBeLessThanOrEqual(loss.since.size);
  expect(told).toEqual({ notices: 1, metric: 1, logged: 1 });
});

test("an ephemeral journal, gone with each of three pods: nothing missing, and only what came since the checkpoints arrives twice", async () => {
  const seed = runSeed("ephemeral");
  stage = await setStage(seed, (plain) => ({ ...plain, journal: { storage: "ephemeral" } }));
  const { zitadel, forwarder, clock } = stage;
  const now = clock.now();
  zitadel.store.load(trafficHistory(zitadel, seed, 5_000, now - 2 * HOUR, now));
  const traffic = startTraffic(zitadel, { seed: seed + 1_000, eventsPerSecond: 200 });
  await forwarder.start();
  const losses: Loss[] = [];
  for (let pod = 0; pod < 3; pod++) {
    await arriveAfterCheckpoint(100, stage);
    losses.push(await loseJournal(stage));
    await forwarder.start();
  }
  await traffic.stop();
  const ledger = await everythingArrivedAgain(stage, 120);
  const told = await saidAloud(stage);
  const since = losses.map((loss) => loss.since.size);
  const allowed = since.reduce((sum, count) => sum + count, 0);
  console.log(
    `ephemeral: ${ledger.written} written, ${ledger.missing.length} missing, ${ledger.duplicates} duplicates ` +
      `(delivered since the checkpoints: ${since.join(", ")}); said: ${JSON.stringify(told)}`,
  );
  expect(ledger).toMatchObject({ missing: [], different: [], unknown: [] });
  for (const count of since) expect(count).toBeGreaterThanOrEqual(100);
  expect(ledger.duplicates).toBeGreaterThan(0);
  expect(ledger.duplicates).toBeLessThanOrEqual(allowed);
  // Every pod counts for itself: the last one saw one loss.
  expect(told).toEqual({ notices: 3, metric: 1, logged: 3 });
});

test("the volume lost while one destination was behind: it misses nothing, the other gets twice what that one lacked", async () => {
  const seed = runSeed("one behind");
  second = await FaultyReceiver.start(join(folder, "second.ndjson"), new Random(seed));
  const { url } = second;
  stage = await setStage(seed, (plain) => ({
    ...plain,
    destinations: [...plain.destinations, { name: "second", http: { url } }],
  }));
  const { zitadel, forwarder, receiver, database } = stage;
  const traffic = startTraffic(zitadel, { seed, eventsPerSecond: 200 });
  await forwarder.start();
  await until(
    "both have 1,000 events",
    150,
    () => receiver.arrived.size >= 1_000 && second!.arrived.size >= 1_000,
  );
  second.down = true;
  const had = second.arrived.size;
  await until("1,000 events arrive at one of them", 150, () => receiver.arrived.size >= had + 1_000);
  await nextCheckpoint();
  const loss = await loseJournal(stage);
  // With what was under way to it when it went down.
  const lacked = loss.delivered - second.arrived.size;
  second.down = false;
  await forwarder.start();
  await traffic.stop();
  const ledger = await everythingArrivedAgain(stage, 150);
  await until("the second has every event", 150, () => second!.arrived.size >= ledger.written);
  const behind = compare(database, second.file);
  console.log(
    `one behind: ${ledger.written} written; ${loss.delivered} delivered to the first before and ${had} to the second; ` +
      `the first: ${ledger.missing.length} missing, ${ledger.duplicates} duplicates (${loss.since.size} since what the ` +
      `second had); the second: ${behind.missing.length} missing, ${behind.duplicates} duplicates`,
  );
  expect(ledger).toMatchObject({ missing: [], different: [], unknown: [] });
  expect(behind).toMatchObject({ missing: [], different: [], unknown: [] });
  expect(loss.delivered - had).toBeGreaterThanOrEqual(1_000);
  expect(lacked).toBeGreaterThan(0);
  expect(ledger.duplicates).toBeGreaterThanOrEqual(lacked);
  expect(ledger.duplicates).toBeLessThanOrEqual(loss.since.size);
  // What was under way to the second when it went down may have been taken by it.
  expect(behind.duplicates).toBeLessThanOrEqual(4 * 500);
  expect(noticesIn(second.file, "journal_lost")).toHaveLength(1);
});

test("the volume lost right after a checkpoint, with what was read not delivered yet: nothing missing", async () => {
  const seed = runSeed("at the checkpoint");
  // So old that one read moves all edges: no later look finds what the first one lost. And so dense that the
  // first read, at which the first checkpoint is written, is full.
  const began = Date.now() * 1000 - 20 * HOUR;
  stage = await setStage(seed, (plain) => ({
    ...plain,
    events: { startFrom: new Date(began / 1000).toISOString() },
  }));
  const { zitadel, forwarder, receiver } = stage;
  zitadel.store.load(trafficHistory(zitadel, seed, 5_000, began, began + HOUR / 12));
  const written: string[] = [];
  for (let round = 0; round < 3; round++) {
    receiver.down = true;
    await forwarder.start();
    written.push((await nextCheckpoint()).writtenDate);
    await loseJournal(stage);
  }
  receiver.down = false;
  await forwarder.start();
  const ledger = await stage.everythingArrived(150);
  console.log(
    `at the checkpoint: ${written.length} losses, ${ledger.written} written, ${ledger.missing.length} missing, ` +
      `${ledger.duplicates} duplicates`,
  );
  expect(new Set(written).size).toBe(3);
  expect(ledger.written).toBeGreaterThan(5_000);
  expect(ledger).toMatchObject({ missing: [], different: [], unknown: [], duplicates: 0 });
});

function setStage(
  seed: number,
  configuration?: (plain: ConfigurationInput) => ConfigurationInput,
): Promise<Stage> {
  return Stage.set({
    random: new Random(seed),
    speed: SPEED,
    configuration: (plain) => withPatience(configuration?.(plain) ?? plain),
    forwarder: { checkpoint: cluster.url, serviceAccount: cluster.serviceAccount },
  });
}

/** An answer that comes late on a busy machine must not look like a lost one: it would count as duplicates. */
function withPatience(configuration: ConfigurationInput): ConfigurationInput {
  const destinations = configuration.destinations.map((destination) => ({
    ...destination,
    http: { ...destination.http!, timeoutSeconds: 600 },
  }));
  return { ...configuration, destinations };
}

interface Loss {
  /** Different events that had arrived. */
  delivered: number;
  /** What had arrived twice. */
  duplicates: number;
  checkpoint: CheckpointText;
  /** Those of them that the checkpoint did not vouch for. */
  since: Set<string>;
}

/** Until a checkpoint vouches for all that is there now, and so many events have arrived since the last one. */
async function arriveAfterCheckpoint(events: number, { clock, receiver }: Stage): Promise<void> {
  const now = clock.now();
  let checkpoint = cluster.checkpoint;
  let before = receiver.arrived.size;
  await until(`${events} events arrive after a checkpoint`, 60, () => {
    const newest = cluster.checkpoint;
    if (newest?.writtenDate !== checkpoint?.writtenDate) before = receiver.arrived.size;
    checkpoint = newest;
    return (checkpoint?.deliveredMicros ?? 0) > now && receiver.arrived.size >= before + events;
  });
}

/** Kills the forwarder and deletes its journal. */
async function loseJournal(stage: Stage): Promise<Loss> {
  const { forwarder, receiver } = stage;
  await forwarder.kill();
  await until("the receiver has read what was sent", 10, () => receiver.open === 0);
  rmSync(forwarder.journal, { recursive: true });
  const checkpoint = cluster.checkpoint!;
  return {
    duplicates: stage.compare().duplicates,
    delivered: receiver.arrived.size,
    checkpoint,
    since: arrivedCreatedSince(receiver.file, checkpoint.deliveredMicros),
  };
}

/** Waits until all that was written has been read and delivered by the forwarder that runs now; then compares. */
async function everythingArrivedAgain(stage: Stage, seconds: number): Promise<Ledger> {
  const last = stage.clock.now();
  // All may have arrived before the loss already: what comes a second time is read and delivered after that.
  await until(
    "everything is read and delivered",
    seconds,
    async () =>
      (await stage.caughtUp(last)) &&
      (await stage.metric("zitadel_siem_oldest_unacknowledged_age_seconds")) === 0,
    undefined,
    100,
  );
  return stage.everythingArrived(seconds);
}

/** The next checkpoint of the journal that is in use, as soon as it is written. */
async function nextCheckpoint(): Promise<CheckpointText> {
  const before = cluster.checkpoint?.writtenDate;
  await until("a checkpoint is written", 150, () => cluster.checkpoint?.writtenDate !== before, undefined, 0);
  return cluster.checkpoint!;
}

/** How often the loss was said: as a record, in the metrics, in the log. */
async function saidAloud(stage: Stage) {
  const { forwarder, receiver } = stage;
  await until("the notice arrives", 30, () => noticesIn(receiver.file, "journal_lost").length > 0);
  return {
    notices: noticesIn(receiver.file, "journal_lost").length,
    metric: await stage.metric("zitadel_siem_journal_lost_total"),
    logged: forwarder.readLog().split("the journal was lost: reading resumes at").length - 1,
  };
}
