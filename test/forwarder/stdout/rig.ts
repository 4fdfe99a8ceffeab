/** A stdout source on a journal of its own, against whatever serves the Kubernetes API. */
import pino from "pino";
import { Registry } from "prom-client";
import type { Journal } from "../../../forwarder/journal/journal";
import { openJournal } from "../../../forwarder/journal/open";
import { createStdoutSource, type StdoutSource } from "../../../forwarder/sources/stdout";
import { INSTANCE, ORGANIZATION, SECRET, signed } from "./lines";

export interface Run {
  source: StdoutSource;
  journal: Journal;
  registry: Registry;
  log: Record<string, unknown>[];
  /** Ids of the logins that are in the journal. */
  logins(): string[];
  gaps(): { pod: string; container: string; from: string; to: string }[];
  /** Aborts, waits for the end and closes the journal. */
  stop(): Promise<void>;
  /** As if the process were killed: what is not committed is gone. */
  kill(): Promise<void>;
}

export function start(kubernetes: string, folder: string, maxBytes = 1 << 30, serviceAccount?: string): Run {
  const { journal } = openJournal(folder, maxBytes, String(performance.now()));
  journal.bindInstance(INSTANCE);
  journal.serve(["out"]);
  const log: Record<string, unknown>[] = [];
  const registry = new Registry();
  let killed = false;
  const source = createStdoutSource({
    stdout: { namespace: "zitadel", labels: { "app.kubernetes.io/name": "zitadel" } },
    kubernetes,
    serviceAccount,
    journal: new Proxy(journal, {
      get(target, name) {
        const value = Reflect.get(target, name, target);
        if (name === "commit" && killed) return () => ({ inserted: 0, repeated: 0, forked: [] });
        return typeof value === "function" ? value.bind(target) : value;
      },
    }),
    accept: (call, { instanceId, observedDate }) => {
      if (call.organization !== ORGANIZATION) return undefined;
      if (!signed(call.record, ORGANIZATION, SECRET).includes(` ${call.signature} `)) return undefined;
      const { id, ...login } = JSON.parse(call.record);
      const body = { id: `l1-${id}`, road: "stdout", instance: { id: instanceId }, observedDate, login };
      return {
        id: body.id,
        road: "stdout",
        createdMicros: Date.parse(observedDate) * 1000,
        body: JSON.stringify(body),
      };
    },
    logger: pino({ level: "debug" }, { write: (line: string) => void log.push(JSON.parse(line)) }),
    registry,
  });
  const abort = new AbortController();
  const done = source.run(abort.signal);
  const bodies = () =>
    journal
      .slice("out", 0, { maxRecords: 1_000_000, maxBytes: 1 << 30 })
      .records.map(({ body }) => JSON.parse(body));
  const end = async () => {
    abort.abort();
    await done;
    journal.close();
  };
  return {
    source,
    journal,
    registry,
    log,
    logins: () => bodies().flatMap(({ road, id }) => (road === "stdout" ? [id] : [])),
    gaps: () => bodies().flatMap(({ notice }) => (notice?.type === "stdout_gap" ? [notice] : [])),
    stop: end,
    kill: () => {
      killed = true;
      return end();
    },
  };
}
