/** A forwarder's events source on a stand-in and a journal of its own, for tests. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import pino from "pino";
import { Registry } from "prom-client";
import { type ConfigurationInput, checkConfiguration } from "../../../../contract";
import type { CheckpointStore } from "../../../../forwarder/checkpoint/checkpoint";
import type { Journal } from "../../../../forwarder/journal/journal";
import { openJournal } from "../../../../forwarder/journal/open";
import { createEventRecord } from "../../../../forwarder/records/eventRecord";
import { recordId } from "../../../../forwarder/records/identity";
import { createRedaction } from "../../../../forwarder/records/redaction/redaction";
import { EventsSource, type EventsSourceOptions } from "../../../../forwarder/sources/events/eventsSource";
import { startZitadel, type Zitadel, type ZitadelOptions } from "../../../../local/zitadel/server";

export interface Changes extends Partial<Omit<EventsSourceOptions, "checkpoint">> {
  events?: Partial<ConfigurationInput["events"]>;
  zitadel?: Partial<ConfigurationInput["zitadel"]>;
  /** Where the checkpoint is kept: of the run's own journal. */
  checkpoint?: CheckpointStore;
}

export interface Rig {
  zitadel: Zitadel;
  secrets: string;
  journalFolder: string;
  /** Lines of the log, parsed. */
  log: Record<string, unknown>[];
  /** Ids of all events in ZITADEL's database, by a connection of our own. */
  storedIds(): string[];
  /** Whether the run's journal has taken in every event of ZITADEL's database. */
  holdsAll(run: Run): boolean;
  /** Opens the journal and makes a source on it; close both with `stop`. */
  start(changes?: Changes): Run;
  close(): Promise<void>;
}

export interface Run {
  source: EventsSource;
  journal: Journal;
  registry: Registry;
  /** Bodies of all records that wait for the one lane, parsed. */
  records(): Record<string, unknown>[];
  /** Ids of all events that the journal has taken in. */
  ids(): string[];
  /** Those of the records that are notices of this type. */
  notices(type: string): Record<string, unknown>[];
  /** A metric's first value. */
  metric(name: string): Promise<number | undefined>;
  /** Takes all that waits as delivered. */
  deliver(): void;
  /** Settles as the source's run does. */
  done: Promise<void>;
  /** Aborts, waits for the end and closes the journal. */
  stop(): Promise<void>;
}

/** A folder for tests, removed by `close`. */
export async function createRig(options: ZitadelOptions = {}): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), "events-source-"));
  const database = join(folder, "zitadel.db");
  const zitadel = await startZitadel({ database, ...options });
  writeFileSync(join(folder, "key.json"), JSON.stringify(zitadel.adminKey));
  const log: Record<string, unknown>[] = [];
  const logger = pino({ level: "debug" }, { write: (line: string) => void log.push(JSON.parse(line)) });
  const redaction = createRedaction();
  const runs: Run[] = [];
  const rig: Rig = {
    zitadel,
    secrets: folder,
    journalFolder: join(folder, "journal"),
    log,
    storedIds() {
      const connection = new DatabaseSync(database, { readOnly: true });
      const rows = connection
        .prepare("SELECT instance_id, aggregate_type, aggregate_id, sequence, created_at FROM events")
        .all();
      connection.close();
      return rows.map((row) =>
        recordId({
          instanceId: String(row.instance_id),
          aggregateType: String(row.aggregate_type),
          aggregateId: String(row.aggregate_id),
          sequence: String(row.sequence),
          createdMicros: Number(row.created_at),
        }),
      );
    },
    holdsAll(run) {
      const held = new Set(run.ids());
      return rig.storedIds().every((id) => held.has(id));
    },
    start({ events, zitadel: reach, checkpoint, ...changes } = {}) {
      const { configuration, problems } = checkConfiguration({
        zitadel: { issuer: zitadel.issuer, credentials: { machineKeyFiles: ["key.json"] }, ...reach },
        events: { startFrom: "beginning", ...events },
        destinations: [{ name: "out", stdout: {} }],
      });
      if (!configuration) throw new Error(JSON.stringify(problems));
      const { journal } = openJournal(join(folder, "journal"), 1 << 30, String(runs.length));
      journal.serve(["out"]);
      const registry = new Registry();
      const source = new EventsSource({
        configuration,
        secrets: folder,
        journal,
        bindInstance: (id) => journal.bindInstance(id),
        createRecord: (event, context) => createEventRecord(event, context, redaction),
        logger,
        registry,
        ...changes,
        checkpoint: checkpoint && {
          store: checkpoint,
          journalId: journal.id,
          oldestUndelivered: () => journal.oldestUnacknowledged("out"),
        },
      });
      const abort = new AbortController();
      const done = source.run(abort.signal);
      done.catch(() => undefined);
      let stopped: Promise<void> | undefined;
      const run: Run = {
        source,
        journal,
        registry,
        done,
        records: () => {
          const all: Record<string, unknown>[] = [];
          for (let after = 0; ; ) {
            const limits = { maxRecords: 10_000, maxBytes: 1 << 30 };
            const { records, through } = journal.slice("out", after, limits, (body) => body);
            all.push(...records.map(({ body }) => JSON.parse(Buffer.from(body).toString("utf8"))));
            if (through <= after) return all;
            after = through;
          }
        },
        ids: () => journal.idsCreatedBetween(0, 9e15),
        notices: (type) =>
          run.records().filter(({ notice }) => (notice as { type: string } | undefined)?.type === type),
        metric: async (name) => (await registry.getSingleMetric(name)!.get()).values[0]?.value,
        deliver: () => {
          const through = journal.status().lastPosition;
          journal.acknowledge([{ lane: "out", through, deadLetters: [] }], 0);
        },
        stop: () =>
          (stopped ??= (async () => {
            abort.abort();
            await done.catch(() => undefined);
            journal.close();
          })()),
      };
      runs.push(run);
      return run;
    },
    async close() {
      for (const run of runs) await run.stop();
      await zitadel.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return rig;
}

let users = 0;

/** Adds people, each an event of its own. */
export async function addUsers(zitadel: Zitadel, count: number): Promise<void> {
  for (let added = 0; added < count; added++)
    await zitadel.users.addHuman(zitadel.administrator, {
      userName: `user-${users++}`,
      firstName: "Ada",
      lastName: "Lovelace",
      email: "ada@example.com",
    });
}

/** Writes a history: a push of one event at each of these times, microseconds since 1970. */
export function load(zitadel: Zitadel, times: number[]): void {
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

/** Waits until a condition holds, at most so many milliseconds. */
export async function until(condition: () => boolean, millis = 20_000): Promise<void> {
  const deadline = performance.now() + millis;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`did not come true within ${millis} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
