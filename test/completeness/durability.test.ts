import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, type TestContext, test } from "vitest";
import { startTraffic, trafficHistory } from "../../local/zitadel/traffic";
import { Disk } from "./durabilityDisk";
import { type Operation, readTrace, traceEnded, tracing } from "./durabilityTrace";
import { FaultyReceiver } from "./faultyReceiver";
import { builtBundle, ForwarderProcess } from "./forwarderProcess";
import { compare, type Ledger } from "./ledger";
import { Random, runSeed } from "./random";
import { Stage, until } from "./stage";

const WAL = "journal.db-wal";
const DATABASE = "journal.db";
const BATCH = { maxRecords: 25, inFlight: 4 };
const HOUR = 3_600_000_000;

let folder: string;
let stage: Stage | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zitadel-siem-durability-"));
});
afterEach(async () => {
  await stage?.clear();
  rmSync(folder, { recursive: true, force: true });
});

test("every record and position is synced before anything follows from it, and a loss of power loses nothing", async (context) => {
  needsStrace(context);
  const seed = runSeed("durability");
  const random = new Random(seed);
  const run = await tracedRun(seed, random, 2_000);
  const found = checkSyncs(run.operations, run.receiverPort);
  console.log(
    `durability: ${run.ledger.written} events written; ${found.writes} writes to the journal, ${found.syncs} syncs; ` +
      `${found.sends} times something was sent, ${found.sendsBeforeSync} of them before the journal was synced; ` +
      `${found.recordsSent} records sent, ${found.recordsSentBeforeSync} of them before their text was synced`,
  );
  expect(run.ledger).toMatchObject({ missing: [], different: [], duplicates: 0 });
  expect(found).toMatchObject({ sendsBeforeSync: 0, recordsSentBeforeSync: 0 });
  expect(found.recordsSent).toBeGreaterThanOrEqual(2_000);
  expect(found.syncs).toBeGreaterThan(50);
  expect(found.sends).toBeGreaterThan(100);

  const cuts = chooseCuts(run.operations, random);
  const results = [];
  for (const cut of cuts) results.push({ ...cut, ...(await afterPowerLoss(cut, run.operations, random)) });
  for (const { when, torn, index, operations, before, ledger } of results)
    console.log(
      `power lost at operation ${index} of ${operations} (${when}, ${torn ? "some" : "none"} of what was not synced ` +
        `left): ${before} events had arrived; in the end ${ledger.missing.length} missing, ${ledger.duplicates} duplicates`,
    );
  for (const { ledger } of results) {
    expect(ledger).toMatchObject({ missing: [], different: [], unknown: [] });
    expect(ledger.duplicates).toBeLessThanOrEqual(BATCH.inFlight * BATCH.maxRecords);
  }
  for (const when of moments) expect(results.filter((one) => one.when === when).length).toBeGreaterThan(0);
  // Early and late ones: some must have been in the midst of the delivery.
  expect(results.some(({ before, ledger }) => before > 0 && before < ledger.written / 2)).toBe(true);
});

test("a forwarder that does not sync each commit is found out", async (context) => {
  needsStrace(context);
  const seed = runSeed("no syncs");
  const bundle = readFileSync(builtBundle, "utf8");
  const planted = bundle.replace("PRAGMA synchronous = FULL", "PRAGMA synchronous = NORMAL");
  expect(planted).not.toBe(bundle);
  writeFileSync(join(folder, "planted.cjs"), planted);
  const run = await tracedRun(seed, new Random(seed), 500, join(folder, "planted.cjs"));
  const found = checkSyncs(run.operations, run.receiverPort);
  console.log(
    `no syncs: ${found.sendsBeforeSync} of ${found.sends} times something was sent before the journal was synced; ` +
      `${found.recordsSentBeforeSync} of ${found.recordsSent} records before their text was`,
  );
  expect(found.sendsBeforeSync).toBeGreaterThan(0);
  expect(found.recordsSentBeforeSync).toBeGreaterThan(0);
});

/** strace is part of what CI installs; elsewhere its absence is said and no more. */
function needsStrace(context: TestContext): void {
  if (spawnSync("strace", ["-V"]).status === 0) return;
  const message = "strace is not on PATH: install it to see whether the journal is synced";
  if (process.env.CI === "true") throw new Error(message);
  console.log(`skipped: ${message}`);
  context.skip(message);
}

interface TracedRun {
  operations: Operation[];
  receiverPort: number;
  ledger: Ledger;
}

/** A whole life of a forwarder under strace: catching up, following, ending at SIGTERM. */
async function tracedRun(seed: number, random: Random, events: number, bundle?: string): Promise<TracedRun> {
  const trace = join(folder, "trace");
  stage = await Stage.set({
    random,
    configuration: (plain) => ({
      ...plain,
      destinations: plain.destinations.map((destination) => ({
        ...destination,
        // Plain text, so that the trace shows which record is sent when.
        http: { ...destination.http!, gzip: false, timeoutSeconds: 60 },
        batch: BATCH,
      })),
      // Small, so that the write-ahead log is written back often.
      journal: { maxBytes: 4 << 20 },
    }),
    forwarder: { under: tracing(trace), ...(bundle && { bundle }) },
  });
  const { zitadel, forwarder, receiver, clock } = stage;
  const now = clock.now();
  zitadel.store.load(trafficHistory(zitadel, seed, events, now - 2 * HOUR, now));
  const traffic = startTraffic(zitadel, { seed: seed + 1_000, eventsPerSecond: 100 });
  await forwarder.start();
  const { pid } = forwarder;
  await until("the history has arrived", 120, () => receiver.arrived.size >= events);
  await until("as many were written meanwhile", 150, () => traffic.written >= events / 4);
  await traffic.stop();
  const ledger = await stage.everythingArrived(150);
  expect(await forwarder.stop()).toBe(0);
  await until("the trace is complete", 150, () => traceEnded(trace, pid));
  const operations = await readTrace(trace, forwarder.journal);
  return { operations, receiverPort: Number(new URL(receiver.url).port), ledger };
}

/**
 * Looks whether anything was sent, to ZITADEL (the next read goes on from the cursor) or to the receiver (a permit is
 * free because the position moved), while the journal held writes that were not synced; and whether a record was
 * sent whose text was not yet part of a synced write.
 */
function checkSyncs(operations: readonly Operation[], receiverPort: number) {
  const disk = new Disk();
  const idsUnsynced = new Map<string, Set<string>>([
    [WAL, new Set()],
    [DATABASE, new Set()],
  ]);
  const idsSynced = new Set<string>();
  const tails = new Map<string, string>();
  const sent = new Map<string, boolean>();
  const found = { writes: 0, syncs: 0, sends: 0, sendsBeforeSync: 0 };
  for (const operation of operations) {
    if (operation.kind === "write") {
      found.writes += 1;
      for (const id of idsIn(operation.data.toString("latin1"))) idsUnsynced.get(operation.file)?.add(id);
    }
    if (operation.kind === "synced") {
      found.syncs += 1;
      for (const id of idsUnsynced.get(operation.file) ?? []) idsSynced.add(id);
      idsUnsynced.get(operation.file)?.clear();
    }
    if (operation.kind === "sent") {
      found.sends += 1;
      if ([WAL, DATABASE].some((file) => disk.isUnsynced(file))) found.sendsBeforeSync += 1;
      if (operation.port !== receiverPort) continue;
      const text = (tails.get(operation.connection) ?? "") + operation.data.toString("latin1");
      tails.set(operation.connection, text.slice(-40));
      for (const id of idsIn(text)) if (!sent.has(id)) sent.set(id, idsSynced.has(id));
    }
    disk.apply(operation);
  }
  const recordsSentBeforeSync = [...sent.values()].filter((synced) => !synced).length;
  return { ...found, recordsSent: sent.size, recordsSentBeforeSync };
}

function idsIn(text: string): string[] {
  return text.match(/v1-[0-9a-f]{32}/g) ?? [];
}

const moments = [
  "the log was not synced",
  "the log was being written back",
  "all was synced",
  "ending",
] as const;

interface Cut {
  when: (typeof moments)[number];
  /** Power is lost before this operation. */
  index: number;
  /** Some of what was not synced is on the disk. */
  torn: boolean;
}

/** Moments of every kind from the first record sent on, at random. */
function chooseCuts(operations: readonly Operation[], random: Random): Cut[] {
  const disk = new Disk();
  const candidates = new Map<Cut["when"], number[]>(moments.map((when) => [when, []]));
  let began = false;
  let ended = false;
  for (const [index, operation] of operations.entries()) {
    ended ||= operation.kind === "unlink" && operation.file === WAL && began;
    if (began) {
      const [log, database] = [disk.isUnsynced(WAL), disk.isUnsynced(DATABASE)];
      const when = ended ? 3 : database ? 1 : log ? 0 : 2;
      candidates.get(moments[when]!)!.push(index);
    }
    began ||= operation.kind === "sent" && idsIn(operation.data.toString("latin1")).length > 0;
    disk.apply(operation);
  }
  candidates.get("ending")!.push(operations.length);
  const cuts = [0, 0, 0, 1, 1, 1, 2, 2, 3].map((moment, number) => {
    const when = moments[moment]!;
    const indexes = candidates.get(when)!;
    expect(indexes, when).not.toEqual([]);
    return { when, index: random.pick(indexes), torn: number % 2 === 0 };
  });
  // The early third of the run is where a journal that was cut back has the most to lose.
  const early = candidates.get("the log was not synced")!;
  cuts.push({
    when: "the log was not synced",
    index: random.pick(early.slice(0, early.length / 5)),
    torn: false,
  });
  return cuts;
}

/** Rebuilds the journal as the loss of power left it, and lets a forwarder go on from there to the end. */
async function afterPowerLoss({ index, torn }: Cut, operations: readonly Operation[], random: Random) {
  const { configuration, zitadel, receiver, database } = stage!;
  const own = join(folder, `after-${index}-${torn}`);
  const disk = new Disk();
  for (const operation of operations.slice(0, index)) disk.apply(operation);
  mkdirSync(own);
  disk.leave(join(own, "journal"), torn ? random : undefined);

  // The receiver is another machine: what it had taken by then it keeps.
  const at = operations[Math.min(index, operations.length - 1)]!.at;
  const had = receiver.written.findLast((one) => one.at <= at)?.bytes ?? 0;
  const again = await FaultyReceiver.start(join(own, "arrived.ndjson"), random);
  const arrived = readFileSync(receiver.file).subarray(0, had);
  appendFileSync(again.file, arrived);
  const forwarder = new ForwarderProcess({
    folder: own,
    configuration: {
      ...configuration,
      destinations: configuration.destinations.map((destination) => ({
        ...destination,
        http: { ...destination.http!, url: again.url },
      })),
    },
    secrets: { "zitadel/key.json": JSON.stringify(zitadel.adminKey) },
  });
  try {
    await forwarder.start();
    let ledger: Ledger | undefined;
    await until(
      "every event has arrived after the loss of power",
      60,
      () => {
        ledger = compare(database, again.file);
        return ledger.missing.length === 0;
      },
      () =>
        `${ledger?.missing.length} missing, the first: ${ledger?.missing[0]}; ${forwarder.readLog().slice(-2_000)}`,
      500,
    );
    expect(await forwarder.stop()).toBe(0);
    expect(forwarder.readLog()).not.toContain("the journal was damaged");
    const before = idsIn(arrived.toString("latin1")).length;
    return { operations: operations.length, before, ledger: compare(database, again.file) };
  } finally {
    if (forwarder.running) await forwarder.kill();
    await again.close();
  }
}
