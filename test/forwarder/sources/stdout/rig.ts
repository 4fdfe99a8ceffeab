/** A stdout source on a journal of its own, against whatever serves the Kubernetes API. */
import pino from "pino";
import { Registry } from "prom-client";
import type { LoginClaim } from "../../../../contract/loginClaim";
import type { Journal } from "../../../../forwarder/journal/journal";
import { openJournal } from "../../../../forwarder/journal/open";
import { createLoginRecord } from "../../../../forwarder/records/loginRecord";
import { isSigned } from "../../../../forwarder/sources/logins/signature";
import { StdoutSource } from "../../../../forwarder/sources/stdout/stdoutSource";
import { INSTANCE, ORGANIZATION, SECRET } from "./lines";

export interface Run {
  source: StdoutSource;
  journal: Journal;
  registry: Registry;
  log: Record<string, unknown>[];
  /** Whether the organization's secrets cannot be read at present. */
  unreadable: { secrets: boolean };
  /** Ids of the logins that are in the journal. */
  logins(): string[];
  gaps(): { pod: string; container: string; from: string; to: string }[];
  /** Aborts, waits for the end and closes the journal. */
  stop(): Promise<void>;
  /** As if the process were killed: what is not committed is gone. */
  kill(): Promise<void>;
}

export function start(
  kubernetes: string,
  folder: string,
  maxBytes = 1 << 30,
  where: { namespace: string; serviceAccount?: string } = { namespace: "zitadel" },
): Run {
  const { journal } = openJournal(folder, maxBytes, String(performance.now()));
  journal.bindInstance(INSTANCE);
  journal.serve(["out"]);
  const log: Record<string, unknown>[] = [];
  const registry = new Registry();
  let killed = false;
  const unreadable = { secrets: false };
  const source = new StdoutSource({
    stdout: { namespace: where.namespace, labels: { "app.kubernetes.io/name": "zitadel" } },
    kubernetes,
    serviceAccount: where.serviceAccount,
    journal: new Proxy(journal, {
      get(target, name) {
        const value = Reflect.get(target, name, target);
        if (name === "commit" && killed) return () => ({ inserted: 0, repeated: 0, forked: [] });
        return typeof value === "function" ? value.bind(target) : value;
      },
    }),
    accept: ({ record, signature, organization }, context) => {
      if (unreadable.secrets) return "later";
      if (organization !== ORGANIZATION || !isSigned(record, signature, [SECRET])) return "refused";
      const claim = JSON.parse(record) as LoginClaim;
      return createLoginRecord(claim, organization, {
        ...context,
        source: "stdout",
        trustedProxies: 0,
      });
    },
    logger: pino({ level: "debug" }, { write: (line: string) => void log.push(JSON.parse(line)) }),
    registry,
  });
  const abort = new AbortController();
  const done = source.run(abort.signal);
  const bodies = () =>
    journal
      .slice("out", 0, { maxRecords: 1_000_000, maxBytes: 1 << 30 }, (body) => body)
      .records.map(({ body }) => JSON.parse(body));
  const end = async () => {
    abort.abort();
    await done;
    journal.close();
  };
  return {
    source,
    unreadable,
    journal,
    registry,
    log,
    logins: () => bodies().flatMap(({ source, id }) => (source === "stdout" ? [id] : [])),
    gaps: () => bodies().flatMap(({ notice }) => (notice?.type === "stdout_gap" ? [notice] : [])),
    stop: end,
    kill: () => {
      killed = true;
      return end();
    },
  };
}
