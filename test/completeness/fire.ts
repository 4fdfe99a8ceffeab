import { watch } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { OpenPush } from "../../local/zitadel/eventStore";
import { startTraffic, trafficHistory } from "../../local/zitadel/traffic";
import type { Ledger } from "./ledger";
import type { Random } from "./random";
import { Stage, until } from "./stage";

/** Both ZITADEL and the forwarder live so many times faster than real time. */
export const SPEED = 20;
export const BATCH = { maxRecords: 200, inFlight: 4 };
const WRITERS = 20;
/** Transactions that have to become visible late before the run goes on to the long one, at least. */
export const LATE_COMMITS = 20;
/** This share of the kills, the last ones, falls into the time in which the long transaction is open. */
const HIDDEN_KILLS = 0.2;

export interface FireOptions {
  seed: number;
  /** Events that were written days before, one a microsecond: they are read once, so nothing mends a loss. */
  history: number;
  /** How long a full page takes, milliseconds. */
  pageMillis: number;
  /** How often the forwarder is killed; with `lateCommits` the last fifth while the long transaction is open. */
  kills: number;
  /** How many batches are taken before a kill while an older one gets no answer. Default 0. */
  overtakenBy?: number;
  /**
   * Whether many events become visible late. If not, only those of the long transaction do, and nothing else
   * happens while it is open: the forwarder looks back further once it saw a late event.
   */
  lateCommits: boolean;
  /** How long the long transaction is open, seconds of ZITADEL's time. */
  longPushSeconds: number;
  /** The forwarder's sweepSeconds. Default: its own. */
  sweepSeconds?: number;
  /** Real seconds that everything may take to arrive after the last write. */
  patience: number;
  /** The program to run; default: the one that `npm run build` wrote. */
  bundle?: string;
}

/** What happened, and what the ledger says of it. */
export interface FireReport {
  ledger: Ledger;
  lateCommits: number;
  /** Events that shared a microsecond with more than a page of others. */
  crowded: number;
  /** Kills while a batch was in flight, while the journal was being written, at any moment. */
  kills: Record<Moment, number>;
  receiverFaults: Record<string, number>;
  /** Events that only a recount found: they arrive, but the reading itself had missed them. */
  recountFound: number;
}

type Moment = "batch" | "journal" | "any";

/**
 * Twenty writers, late commits, crowded microseconds, a receiver that fails at random, the forwarder's clock an
 * hour off and jumping, the forwarder killed again and again: then time for everything to arrive.
 */
export async function fire(stage: Stage, options: FireOptions, random: Random): Promise<FireReport> {
  const { zitadel, forwarder, receiver, clock } = stage;
  const { seed, kills, longPushSeconds, patience } = options;
  receiver.faultChance = 0.25;
  const historyFrom = clock.now() - 3 * 86_400e6;
  zitadel.store.load(
    trafficHistory(zitadel, seed + WRITERS, options.history, historyFrom, historyFrom + options.history),
  );
  const traffic = startTraffic(zitadel, { seed, eventsPerSecond: 200, writers: WRITERS });
  await forwarder.start();
  const late = startLateCommits(stage, random);
  if (!options.lateCommits) await late.stop();
  const hits = { batch: 0, journal: 0, any: 0 };
  let crowded = 0;
  for (let kill = 0; kill < kills; kill++) {
    const hidden = options.lateCommits && kill >= kills * (1 - HIDDEN_KILLS);
    // Before 4.2 an open transaction hides what is newer: for the last kills nothing new is seen.
    if (hidden && late.longOpenFor() === 0) {
      await until("many transactions committed late", 120, () => late.commits >= LATE_COMMITS);
      await late.stop();
      late.openLong();
    }
    if (kill % 10 === 5) crowded += await crowd(stage, kill);
    const moment = hidden ? "any" : random.pick(["batch", "journal"] as const);
    await killAt(stage, moment, options.overtakenBy ?? 0, random, hits);
    await forwarder.start();
  }
  if (!options.lateCommits) {
    await traffic.stop();
    await until("what was written is read", patience, async () => stage.caughtUp(clock.now()));
    late.openLong();
  }
  await until(
    "the long transaction was open long enough",
    longPushSeconds,
    () => late.longOpenFor() >= longPushSeconds * 1e6,
  );
  await late.commitLong();
  if (options.lateCommits) await traffic.stop();
  receiver.faultChance = 0;
  const ledger = await stage.everythingArrived(patience, clock.now());
  return {
    ledger,
    lateCommits: late.commits,
    crowded,
    kills: hits,
    receiverFaults: receiver.faults,
    recountFound: foundByRecounts(forwarder.readLog()),
  };
}

function foundByRecounts(log: string): number {
  const lines = log
    .split("\n")
    .filter((line) => line.includes("a recount found events that had not been read"));
  return lines.reduce((sum, line) => sum + (JSON.parse(line) as { events: number }).events, 0);
}

/** The stage for `fire`. */
export function setFire(random: Random, { sweepSeconds, pageMillis, bundle }: FireOptions): Promise<Stage> {
  return Stage.set({
    random,
    speed: SPEED,
    // Before 4.2 an event bears the time at which its transaction began and can appear minutes later.
    zitadel: { version: "4.1.4", commitDelay: 2, pageLatency: (events) => (events * pageMillis) / 1000 },
    forwarder: {
      bundle,
      clock: { speed: SPEED, offsetSeconds: 3600, jumps: [{ atSeconds: 0.4, bySeconds: -7200 }] },
    },
    configuration: (plain) => ({
      ...plain,
      events: { ...plain.events, ...(sweepSeconds === undefined ? {} : { sweepSeconds }) },
      destinations: plain.destinations.map((destination) => ({ ...destination, batch: BATCH })),
    }),
  });
}

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
    longOpenFor: () => (long === undefined ? 0 : clock.now() - long.since),
    commitLong: async () => (await long!.push).commit(),
  };
}

/** 1,500 events in one microsecond: of one aggregate, or each of its own. */
export async function crowd({ zitadel }: Stage, number: number): Promise<number> {
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
  { forwarder, receiver, zitadel }: Stage,
  moment: Moment,
  overtakenBy: number,
  random: Random,
  hits: Record<Moment, number>,
): Promise<void> {
  let reached = false;
  if (moment === "batch") {
    receiver.holdOne(() => {
      reached = true;
    });
    await until("a batch is in flight", 60, () => reached, undefined, 1);
    const enough = receiver.taken + overtakenBy;
    await until("batches after it are taken", 60, () => receiver.taken >= enough, undefined, 1);
  } else if (moment === "journal") {
    // Not its first writes: those prepare the journal, the later ones hold what was read.
    const searches = () => zitadel.requests.get("POST /admin/v1/events/_search") ?? 0;
    const enough = searches() + random.between(4, 8);
    await until("the forwarder has read some pages", 60, () => searches() >= enough, undefined, 1);
    await journalIsWritten(forwarder.journal);
  } else await delay(random.between(0, 1_000));
  const midBatch = receiver.open > 0;
  await forwarder.kill();
  if (midBatch) hits.batch += 1;
  if (moment === "journal") hits.journal += 1;
  if (moment === "any") hits.any += 1;
}

/** Resolves when something is written to the journal in a folder. */
async function journalIsWritten(folder: string): Promise<void> {
  for await (const { filename } of watch(folder, { signal: AbortSignal.timeout(60_000) }))
    if (filename === "journal.db-wal") return;
}
