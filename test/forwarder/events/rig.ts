/** A forwarder's events source on a stand-in and a journal of its own, for tests. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { Registry } from "prom-client";
import { type ConfigurationInput, checkConfiguration } from "../../../components/configuration";
import type { Journal } from "../../../forwarder/journal/journal";
import { openJournal } from "../../../forwarder/journal/open";
import { createEventRecord } from "../../../forwarder/records/eventRecord";
import { createRedaction } from "../../../forwarder/records/redaction/redaction";
import {
  createEventsSource,
  type EventsSource,
  type EventsSourceOptions,
} from "../../../forwarder/sources/events/index";
import { startZitadel, type Zitadel, type ZitadelOptions } from "../../../local/zitadel/server";

export interface Rig {
  zitadel: Zitadel;
  secrets: string;
  journalFolder: string;
  /** Lines of the log, parsed. */
  log: Record<string, unknown>[];
  /** Opens the journal and makes a source on it; close both with `stop`. */
  start(changes?: Partial<EventsSourceOptions> & { events?: ConfigurationInput["events"] }): Run;
  close(): Promise<void>;
}

export interface Run {
  source: EventsSource;
  journal: Journal;
  registry: Registry;
  /** Settles as the source's run does. */
  done: Promise<void>;
  /** Aborts, waits for the end and closes the journal. */
  stop(): Promise<void>;
}

/** A folder for tests, removed by `close`. */
export async function createRig(options: ZitadelOptions = {}): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), "events-source-"));
  const zitadel = await startZitadel(options);
  writeFileSync(join(folder, "key.json"), JSON.stringify(zitadel.adminKey));
  const log: Record<string, unknown>[] = [];
  const logger = pino({ level: "debug" }, { write: (line: string) => void log.push(JSON.parse(line)) });
  const redaction = createRedaction();
  const runs: Run[] = [];
  return {
    zitadel,
    secrets: folder,
    journalFolder: join(folder, "journal"),
    log,
    start({ events, ...changes } = {}) {
      const { configuration, problems } = checkConfiguration({
        zitadel: { issuer: zitadel.issuer, credentials: { machineKeyFiles: ["key.json"] } },
        events: { startFrom: "beginning", ...events },
        destinations: [{ name: "out", stdout: {} }],
      });
      if (!configuration) throw new Error(JSON.stringify(problems));
      const { journal } = openJournal(join(folder, "journal"), 1 << 30, String(runs.length));
      journal.serve(["out"]);
      const registry = new Registry();
      const source = createEventsSource({
        configuration,
        secrets: folder,
        journal,
        bindInstance: (id) => journal.bindInstance(id),
        createRecord: (event, context) => createEventRecord(event, context, redaction),
        logger,
        registry,
        ...changes,
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
}

/** Waits until a condition holds, at most so many milliseconds. */
export async function until(condition: () => boolean, millis = 20_000): Promise<void> {
  const deadline = performance.now() + millis;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`did not come true within ${millis} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
