import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, expect, test } from "vitest";
import { startTraffic } from "../../local/zitadel/traffic";
import { compare, noticesIn } from "./ledger";
import { Random, runSeed } from "./random";
import { Stage, until } from "./stage";

const SPEED = 20;
const EVENTS_BEFORE_SNAPSHOT = 1_000;
const EVENTS_AFTER_SNAPSHOT = 2_000;

let stage: Stage | undefined;
afterEach(async () => stage?.clear());

test("a ZITADEL restored to a snapshot and writing on: both histories arrive, and the fork is reported", async () => {
  const seed = runSeed("restore");
  stage = await Stage.set({
    random: new Random(seed),
    speed: SPEED,
    configuration: (plain) => ({
      ...plain,
      // An answer that comes late on a busy machine must not look like a lost one.
      destinations: plain.destinations.map((one) => ({
        ...one,
        http: { ...one.http!, timeoutSeconds: 600 },
      })),
    }),
  });
  const { zitadel, forwarder, receiver, folder, database } = stage;
  await forwarder.start();

  // The same seed writes to the same aggregates again: after a restore their sequences are given a second time.
  await write(stage, seed, EVENTS_BEFORE_SNAPSHOT);
  const snapshot = zitadel.store.snapshot();
  await write(stage, seed + 1_000, EVENTS_AFTER_SNAPSHOT);
  await stage.everythingArrived(150);
  const histories = [keep(database, join(folder, "history-1.db"))];
  zitadel.store.restore(snapshot);

  await write(stage, seed + 1_000, EVENTS_AFTER_SNAPSHOT);
  await arrivedOf([...histories, database], stage);
  const forkedWhileRunning = (await stage.metric("zitadel_siem_history_forked_total")) ?? 0;
  histories.push(keep(database, join(folder, "history-2.db")));

  // Once more, unseen: nobody reads while the database is replaced.
  await forwarder.kill();
  zitadel.store.restore(snapshot);
  const writing = write(stage, seed + 1_000, EVENTS_AFTER_SNAPSHOT);
  await forwarder.start();
  await writing;
  histories.push(database);
  await arrivedOf(histories, stage);
  let forkedAfterStart = 0;
  await until("the fork is counted", 30, async () => {
    forkedAfterStart = (await stage!.metric("zitadel_siem_history_forked_total")) ?? 0;
    return forkedAfterStart > 0;
  });
  // A notice is a record of its own, which the journal keeps for the next start when it is not delivered by the stop.
  const logged = () => forwarder.readLog().split("ZITADEL's history was forked").length - 1;
  const arrived = () => noticesIn(receiver.file, "history_forked").length;
  await until(
    "every notice is at the receiver",
    60,
    () => arrived() >= logged(),
    () => `${arrived()} of ${logged()}`,
    200,
  );
  expect(await forwarder.stop()).toBe(0);

  const ledger = compare(histories, receiver.file);
  const forks = forkedPlaces(histories);
  const notices = noticesIn(receiver.file, "history_forked");
  const reported = notices.flatMap(({ places }) => (places as Place[]).map(nameOf));
  const forkedAggregates = new Set([...forks.keys()].map(aggregateOf));
  const reportedAggregates = new Set(reported.map(aggregateOf));
  console.log(
    `restore: ${ledger.written} events of three histories, ${ledger.arrived} arrived, ` +
      `${ledger.missing.length} missing, ${ledger.duplicates} duplicates; ${forks.size} places with ` +
      `${[...forks.values()].reduce((sum, times) => sum + times, 0)} events in ${forkedAggregates.size} aggregates; ` +
      `reported: ${notices.length} notices with ${reported.length} places in ${reportedAggregates.size} aggregates, ` +
      `${forkedWhileRunning} counted while running and ${forkedAfterStart} after a start, ${logged()} log lines`,
  );
  expect(ledger).toMatchObject({ missing: [], different: [], unknown: [], duplicates: 0 });
  expect(forks.size).toBeGreaterThan(500);
  expect(forkedAggregates.size).toBeGreaterThan(100);
  expect(reported.filter((place) => !forks.has(place))).toEqual([]);
  // The journal remembers heads of aggregates in so many slots, and now and then two share one.
  expect(reportedAggregates.size).toBeGreaterThanOrEqual(forkedAggregates.size * 0.97);
  expect(forkedWhileRunning + forkedAfterStart).toBe(reported.length);
  expect(forkedWhileRunning).toBeGreaterThan(100);
  expect(forkedAfterStart).toBeGreaterThan(100);
  expect(logged()).toBe(notices.length);
});

/** Writes traffic of a seed, at least so many events. */
async function write({ zitadel }: Stage, seed: number, events: number): Promise<void> {
  const traffic = startTraffic(zitadel, { seed, eventsPerSecond: 500, writers: 4 });
  await until("the traffic is written", 150, () => traffic.written >= events);
  await traffic.stop();
}

/** A copy of the store's file as it is now. */
function keep(database: string, as: string): string {
  const store = new DatabaseSync(database, { readOnly: true });
  store.exec(`VACUUM INTO '${as}'`);
  store.close();
  return as;
}

async function arrivedOf(histories: readonly string[], { receiver }: Stage): Promise<void> {
  let missing: string[] = [];
  await until(
    "every event of every history is at the receiver",
    150,
    () => {
      missing = compare(histories, receiver.file).missing;
      return missing.length === 0;
    },
    () => `${missing.length} missing, the first: ${missing[0]}`,
    500,
  );
}

interface Place {
  aggregateType: string;
  aggregateId: string;
  sequence: number;
}

const nameOf = ({ aggregateType, aggregateId, sequence }: Place): string =>
  `${aggregateType}/${aggregateId}/${sequence}`;

const aggregateOf = (place: string): string => place.slice(0, place.lastIndexOf("/"));

/** The places that hold events of several creation times in these histories, and how many. */
function forkedPlaces(histories: readonly string[]): Map<string, number> {
  const times = new Map<string, Set<number>>();
  for (const history of histories) {
    const store = new DatabaseSync(history, { readOnly: true });
    const columns =
      'aggregate_type AS "aggregateType", aggregate_id AS "aggregateId", sequence, created_at AS "createdAt"';
    for (const row of store.prepare(`SELECT ${columns} FROM events`).iterate()) {
      const { createdAt, ...place } = row as unknown as Place & { createdAt: number };
      const name = nameOf(place);
      times.set(name, (times.get(name) ?? new Set()).add(createdAt));
    }
    store.close();
  }
  return new Map([...times].filter(([, { size }]) => size > 1).map(([name, { size }]) => [name, size]));
}
