import { type Configuration, filterWarnings } from "../contract";
import type { Arguments } from "./arguments";
import { ConfigMapStore } from "./checkpoint/configMap";
import { Forwarder } from "./forwarder";
import { damagedJournals, openJournal } from "./journal/open";
import { jsonAnswer, listen } from "./listener";
import { createLog } from "./log";
import { createMetrics, type Readings } from "./metrics";
import { isReady, statesOf } from "./readiness";
import type { Notice } from "./records/notice";
import { createSources } from "./sources/create";
import { answerPeer, PEER_PATH } from "./sources/logins/peers";

/** Runs the forwarder until SIGTERM or SIGINT. Rejects when it cannot start or go on. */
export async function runProgram(given: Arguments, configuration: Configuration): Promise<void> {
  const log = createLog(configuration.log.level);
  for (const { path, message } of filterWarnings(configuration.destinations))
    log.warn({ path }, `the configuration's ${path} ${message}`);
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.once(signal, () => {
      log.info({ signal }, "stopping: batches under way may end");
      stop.abort();
    });

  const metrics = createMetrics(() => readings());
  const { journal, maxBytes, salvaged } = openJournal(
    given.journal,
    configuration.journal.maxBytes,
    timestamp(),
    {
      parked: (destination) => {
        metrics.parked.inc({ destination });
        log.warn(
          { destination },
          "the journal is at its limit: the lane is parked, its events are read again later",
        );
      },
      resumed: (destination) => log.info({ destination }, "the destination answers: its lane follows again"),
      bound: () => {
        for (const keptAs of damagedJournals(given.journal)) forwarder.report(...journalDamaged(keptAs));
      },
    },
  );
  if (salvaged) log.error(salvaged, "the journal was damaged: it is kept aside, and a new one was begun");
  if (maxBytes < configuration.journal.maxBytes)
    log.warn({ maxBytes }, "the volume is smaller than journal.maxBytes: the journal's limit is lower");

  const checkpoint =
    given.checkpoint === undefined || given.ordinal > 0
      ? undefined
      : new ConfigMapStore(given.checkpoint, given.serviceAccount);
  const { sources, ranges } = createSources({ given, configuration, journal, checkpoint, metrics, log });
  const forwarder = new Forwarder(configuration, given.secrets, journal, sources, ranges, metrics, log);
  const readings = (): Readings => {
    const { usedBytes, full, volumeFailed, sessions } = journal.status();
    return {
      lanes: forwarder.lanes(),
      journalBytes: usedBytes,
      journalMaxBytes: maxBytes,
      journalFull: full || volumeFailed,
      sessions,
      damagedJournals: damagedJournals(given.journal).length,
    };
  };
  const state = () => ({
    faults: forwarder.faults(),
    ...statesOf(sources),
    lanes: forwarder.lanes(),
  });
  const listeners = await Promise.all([
    listen(given.health, {
      "/livez": () => jsonAnswer(200, { alive: true }),
      "/readyz": () => {
        const now = state();
        const ready = isReady(sources, now.faults);
        return jsonAnswer(ready ? 200 : 503, { ready, ...now });
      },
      "/metrics": async () => ({
        status: 200,
        type: metrics.registry.contentType,
        body: await metrics.registry.metrics(),
      }),
      ...(configuration.logins ? { [PEER_PATH]: (query) => answerPeer(journal, query) } : {}),
    }),
    listen(given.status, {
      "/": () => {
        const { deadLetters, ...held } = journal.status();
        return jsonAnswer(200, { journal: { id: journal.id, ...held }, ...state() });
      },
    }),
  ]);
  log.info({ destinations: configuration.destinations.map(({ name }) => name) }, "started");
  try {
    await forwarder.run(stop.signal);
  } finally {
    for (const listener of listeners) listener.close().closeAllConnections();
    await checkpoint?.close();
    journal.close();
  }
  log.info("stopped");
}

/** The notice of a damaged journal, and its key. It is given at each start until the file is taken away. */
function journalDamaged(keptAs: string): [Notice, string] {
  const message =
    "the journal was damaged: it is kept aside, and a new one was begun with what could be read and exists nowhere else; events are read again from ZITADEL";
  return [{ type: "journal_damaged", message, keptAs }, keptAs];
}

/** Tells files kept aside apart: `20261122T100311Z`. */
function timestamp(): string {
  return new Date().toISOString().replace(/[-:]|\.\d+/g, "");
}
