import { statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import type { OpenPush } from "../../local/zitadel/eventStore";
import { startTraffic } from "../../local/zitadel/traffic";
import { Random, runSeed } from "./random";
import { Stage, until } from "./stage";

const WRITERS = 20;
const KILLS = 50;
/** Both live so many times faster than real time: a transaction open for 10 minutes takes 30 s. */
const SPEED = 20;
const BATCH = { maxRecords: 200, inFlight: 4 };

let stage: Stage | undefined;
afterEach(async () => stage?.clear());

test("under fire nothing is lost, and duplicates stay within what the faults can cost", async () => {
  const seed = runSeed("fire");
  const random = new Random(seed);
  stage = await Stage.set({
    random,
    speed: SPEED,
    // Before 4.2 an event bears the time at which its transaction began and can appear minutes later.
    zitadel: { version: "4.1.4", commitDelay: 2 },
    forwarder: {
      clock: { speed: SPEED, offsetSeconds: 3600, jumps: [{ atSeconds: 0.4, bySeconds: -7200 }] },
    },
    configuration: (plain) => ({
      ...plain,
      destinations: plain.destinations.map((destination) => ({ ...destination, batch: BATCH })),
    }),
  });
  const { zitadel, forwarder, receiver } = stage;
  receiver.faultChance = 0.25;
  const traffic = startTraffic(zitadel, { seed, eventsPerSecond: 200, writers: WRITERS });
  await forwarder.start();

  const late = startLateCommits(stage, random);
  const hits = { batch: 0, journal: 0, any: 0 };
  let crowds = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    // Before 4.2 an open transaction hides what is newer: for the last kills nothing new is seen for 10 minutes.
    if (kill === KILLS - 10) await late.stop();
    if (kill === KILLS - 10) late.openLong();
    if (kill % 10 === 5) crowds += await crowd(stage, kill);
    await killAt(stage, kill < KILLS - 10 ? random.pick(["batch", "journal"]) : "any", random, hits);
    await forwarder.start();
  }
  await until("the long transaction has been open for 10 minutes", 120, () => late.longOpenFor() >= 600e6);
  await late.commitLong();
  await traffic.stop();
  receiver.faultChance = 0;
  const ledger = await stage.everythingArrived(150);

  const receiverFailures = Object.values(receiver.faults).reduce((sum, count) => sum + count, 0);
  const allowed = (KILLS + receiverFailures) * BATCH.inFlight * BATCH.maxRecords;
  console.log(
    `fire: ${ledger.written} events written, ${ledger.arrived} arrived, ${ledger.missing.length} missing, ` +
      `${ledger.duplicates} duplicates (at most ${allowed}); ${late.commits} late commits, 1 transaction of ` +
      `10 minutes, ${crowds} events in crowded microseconds; kills: ${JSON.stringify(hits)}; ` +
      `receiver: ${JSON.stringify(receiver.faults)}, ${receiver.struckAfterWriting} after writing`,
  );
  expect(ledger.missing).toEqual([]);
  expect(ledger.different).toEqual([]);
  expect(ledger.unknown).toEqual([]);
  expect(ledger.duplicates).toBeLessThanOrEqual(allowed);
  expect(ledger.written).toBeGreaterThan(5_000);
  expect(crowds).toBeGreaterThanOrEqual(7_500);
  expect(late.commits).toBeGreaterThanOrEqual(20);
  expect(hits.batch).toBeGreaterThanOrEqual(10);
  expect(hits.journal).toBeGreaterThanOrEqual(10);
  for (const count of Object.values(receiver.faults)) expect(count).toBeGreaterThanOrEqual(3);
});

test("without faults nothing arrives twice, late commits included", async () => {
  const seed = runSeed("calm");
  stage = await Stage.set({
    random: new Random(seed),
    speed: SPEED,
    zitadel: { commitDelay: 2 },
    configuration: (plain) => ({
      ...plain,
      destinations: plain.destinations.map((d) => ({ ...d, http: { ...d.http!, timeoutSeconds: 600 } })),
    }),
  });
  const { zitadel, forwarder, clock } = stage;
  const traffic = startTraffic(zitadel, { seed, eventsPerSecond: 200, writers: WRITERS });
  await forwarder.start();
  await until("2,000 events are written", 60, () => traffic.written >= 2_000);
  const crowds = await crowd(stage, 1);
  await traffic.stop();
  const lastCreated = clock.now();
  await stage.everythingArrived(60);
  // The sweep reads everything once more, half an hour later: it must change nothing.
  await until("the sweep has passed the last event", 240, () => clock.now() - lastCreated > 35 * 60e6);
  expect(await forwarder.stop()).toBe(0);
  const ledger = stage.compare();
  console.log(`calm: ${ledger.written} events written (${crowds} crowded), ${ledger.arrived} arrived`);
  expect(ledger).toMatchObject({ missing: [], different: [], unknown: [], duplicates: 0 });
  expect(ledger.written).toBeGreaterThan(3_000);
});

/** Transactions that stay open for up to half a minute of ZITADEL's time, one after another, and a long one. */
function startLateCommits({ zitadel, clock }: Stage, random: Random) {
  const stopped = new AbortController();
  let commits = 0;
  let long: { push: Promise<OpenPush>; since: number } | undefined;
  const begin = async (name: string): Promise<OpenPush> => {
    const push = await zitadel.store.begin();
    const events = Array.from({ length: 3 }, (_, index) => ({
      aggregateType: "user",
      aggregateId: `late-${name}-${index}`,
      eventType: "user.locked",
      resourceOwner: zitadel.organizationId,
      editorUser: zitadel.adminKey.userId,
    }));
    await push.push(events);
    return push;
  };
  const pause = () =>
    delay(random.between(50, 1_500), undefined, { signal: stopped.signal }).catch(() => undefined);
  const running = (async () => {
    while (!stopped.signal.aborted) {
      const push = await begin(String(commits));
      await pause();
      push.commit();
      commits += 1;
      await pause();
    }
  })();
  return {
    get commits() {
      return commits;
    },
    stop: () => {
      stopped.abort();
      return running;
    },
    openLong: () => {
      long = { push: begin("long"), since: clock.now() };
    },
    /** Microseconds of ZITADEL's time. */
    longOpenFor: () => clock.now() - long!.since,
    commitLong: async () => (await long!.push).commit(),
  };
}

/** 1,500 events in one microsecond: of one aggregate, or each of its own. */
async function crowd({ zitadel }: Stage, number: number): Promise<number> {
  const oneAggregate = number % 20 === 5;
  const stored = await zitadel.store.push(
    Array.from({ length: 1_500 }, (_, index) => ({
      aggregateType: "user",
      aggregateId: oneAggregate ? `crowd-${number}` : `crowd-${number}-${index}`,
      eventType: "user.metadata.set",
      resourceOwner: zitadel.organizationId,
      editorUser: zitadel.adminKey.userId,
      payload: { key: `key-${index}`, value: "dmFsdWU=" },
    })),
  );
  return stored.length;
}

/** Kills the forwarder in the midst of a batch, while it writes to the journal, or at any moment. */
async function killAt(
  { forwarder, receiver }: Stage,
  moment: "batch" | "journal" | "any",
  random: Random,
  hits: Record<"batch" | "journal" | "any", number>,
): Promise<void> {
  const file = join(forwarder.journal, "journal.db-wal");
  const written = () => statSync(file, { bigint: true, throwIfNoEntry: false })?.mtimeNs;
  let reached = false;
  if (moment === "batch") {
    receiver.holdOne(() => {
      reached = true;
    });
    await until("a batch is in flight", 60, () => reached, undefined, 0);
  } else if (moment === "journal") {
    await until("the forwarder is alive", 60, async () => (await forwarder.health("/livez")) !== undefined);
    const before = written();
    await until("the journal is being written", 60, () => written() !== before, undefined, 0);
  } else await delay(random.between(0, 1_000));
  const midBatch = receiver.open > 0;
  await forwarder.kill();
  if (midBatch) hits.batch += 1;
  if (moment === "journal") hits.journal += 1;
  if (moment === "any") hits.any += 1;
}
