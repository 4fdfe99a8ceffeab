import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import pino from "pino";
import { expect, it, onTestFinished } from "vitest";
import { checkConfiguration } from "../../../contract";
import { Journal } from "../../../forwarder/journal/journal";
import { bringUpToDate } from "../../../forwarder/journal/open";
import { createMetrics } from "../../../forwarder/metrics";
import { createSources } from "../../../forwarder/sources/create";
import { startZitadel, type Zitadel } from "../../../local/zitadel/server";
import { until } from "./events/rig";

/** SQLite's code for a disk that takes nothing more. */
const SQLITE_FULL = 13;

it("a disk that is full when events are taken in is a fault of the journal, and none of them is poison", async () => {
  const folder = mkdtempSync(join(tmpdir(), "create-record-"));
  const zitadel = await startZitadel({ database: join(folder, "zitadel.db") });
  const { journal, refused } = journalOnDiskFullAt({ commit: 2 });
  const { source, metric, log } = eventsSource(folder, zitadel, journal);
  const end = new AbortController();
  const done = source.run(end.signal);
  onTestFinished(async () => {
    end.abort();
    await done;
    journal.close();
    await zitadel.close();
    rmSync(folder, { recursive: true });
  });

  await until(refused);
  expect(journal.status().volumeFailed).toBe(true);
  expect(journal.logins.watchedSince.size).toBe(0);
  await until(() => journal.logins.watchedSince.size === 1);
  zitadel.store.load(
    [1, 2, 3].map((second) => ({
      createdAt: Date.now() * 1000 + second,
      events: [loginCheck(zitadel, second)],
    })),
  );
  await until(() => journal.logins.checks().length === 3);

  expect(journal.status().volumeFailed).toBe(false);
  expect([...journal.logins.watchedSince.keys()]).toEqual([zitadel.organizationId]);
  expect(await metric("zitadel_siem_events_poison_total")).toBe(0);
  expect(bodiesIn(journal).filter((body) => body.includes("poison_event"))).toEqual([]);
  expect(log.filter(({ msg }) => msg.includes("volume takes no more"))).toHaveLength(1);
});

/** A journal whose disk is full at one of its commits, counted from 1. */
function journalOnDiskFullAt({ commit }: { commit: number }) {
  const database = new DatabaseSync(":memory:");
  bringUpToDate(database, ":memory:", "test");
  const journal = new Journal(database, 1 << 26);
  journal.serve(["out"]);
  const exec = database.exec.bind(database);
  let commits = 0;
  database.exec = (sql) => {
    if (sql === "COMMIT" && ++commits === commit)
      throw Object.assign(new Error("database or disk is full"), { errcode: SQLITE_FULL });
    exec(sql);
  };
  return { journal, refused: () => commits >= commit };
}

/** The source of events as the forwarder makes it, with login records of the stand-in's organization declared. */
function eventsSource(folder: string, zitadel: Zitadel, journal: Journal) {
  writeFileSync(join(folder, "key.json"), JSON.stringify(zitadel.adminKey));
  const { configuration, problems } = checkConfiguration({
    zitadel: { issuer: zitadel.issuer, credentials: { machineKeyFiles: ["key.json"] } },
    // So near that the first window holds events: the first commit after that of the cursor takes them in.
    events: { startFrom: new Date(Date.now() - 20_000).toISOString() },
    destinations: [{ name: "out", stdout: {} }],
    logins: { organizations: [{ id: zitadel.organizationId, secretFiles: ["login"] }], webhook: {} },
  });
  if (!configuration) throw new Error(JSON.stringify(problems));
  const log: { msg: string }[] = [];
  const metrics = createMetrics(() => ({
    lanes: [],
    journalBytes: 0,
    journalMaxBytes: 0,
    journalFull: false,
    sessions: 0,
    damagedJournals: 0,
  }));
  const address = { host: "127.0.0.1", port: 0 };
  const { sources } = createSources({
    given: {
      ...{ config: "", secrets: folder, journal: "", ordinal: 0, peers: [] },
      ...{ webhooks: address, health: address, status: address },
    },
    configuration,
    journal,
    checkpoint: undefined,
    metrics,
    log: pino({}, { write: (line: string) => void log.push(JSON.parse(line)) }),
  });
  const source = sources.find(({ name }) => name === "events")!;
  const metric = async (name: string) =>
    (await metrics.registry.getSingleMetric(name)!.get()).values[0]?.value;
  return { source, metric, log };
}

function loginCheck(zitadel: Zitadel, n: number) {
  return {
    aggregateType: "user",
    aggregateId: `user-${n}`,
    eventType: "user.human.password.check.succeeded",
    resourceOwner: zitadel.organizationId,
    payload: { id: `request-${n}`, userAgentID: "agent" },
  };
}

function bodiesIn(journal: Journal): string[] {
  return journal
    .slice("out", 0, { maxRecords: 1e6, maxBytes: 1 << 30 }, (body) => body)
    .records.map(({ body }) => body);
}
