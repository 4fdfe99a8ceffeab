import { afterEach, expect, test } from "vitest";
import { startTraffic } from "../../local/zitadel/traffic";
import { BATCH, crowd, fire, LATE_COMMITS, SPEED, setFire } from "./fire";
import { Random, runSeed } from "./random";
import { Stage, until } from "./stage";

let stage: Stage | undefined;
afterEach(async () => stage?.clear());

test("under fire nothing is lost, and duplicates stay within what the faults can cost", async () => {
  const seed = runSeed("fire");
  const random = new Random(seed);
  const options = {
    seed,
    history: 40_000,
    pageMillis: 20,
    kills: 50,
    lateCommits: true,
    longPushSeconds: 600,
    patience: 300,
  };
  stage = await setFire(random, options);
  const { ledger, lateCommits, crowded, kills, receiverFaults, recountFound } = await fire(
    stage,
    options,
    random,
  );

  const failures = Object.values(receiverFaults).reduce((sum, count) => sum + count, 0);
  const allowed = (options.kills + failures) * BATCH.inFlight * BATCH.maxRecords;
  console.log(
    `fire: ${ledger.written} events written, ${ledger.arrived} arrived, ${ledger.missing.length} missing, ` +
      `${ledger.duplicates} duplicates (at most ${allowed}); ${lateCommits} late commits, 1 transaction of ` +
      `10 minutes, ${crowded} events in crowded microseconds; kills: ${JSON.stringify(kills)}; ` +
      `receiver: ${JSON.stringify(receiverFaults)}`,
  );
  expect(ledger).toMatchObject({ missing: [], different: [], unknown: [] });
  expect(recountFound).toBe(0);
  expect(ledger.ofSessions).toBeGreaterThan(100);
  expect(ledger.duplicates).toBeLessThanOrEqual(allowed);
  expect(ledger.written).toBeGreaterThan(50_000);
  expect(crowded).toBeGreaterThanOrEqual(7_500);
  expect(lateCommits).toBeGreaterThanOrEqual(LATE_COMMITS);
  expect(kills.batch).toBeGreaterThanOrEqual(10);
  expect(kills.journal).toBeGreaterThanOrEqual(10);
  for (const count of Object.values(receiverFaults)) expect(count).toBeGreaterThanOrEqual(3);
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
  const traffic = startTraffic(zitadel, { seed, eventsPerSecond: 200, writers: 20 });
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
