import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import type { Configuration } from "../../../contract";
import type { LoginCall } from "../../../contract/loginClaim";
import type { SourceJournal } from "../../journal/contract";
import type { ReadingContext } from "../../records/eventRecord";
import type { Source, SourceState } from "../source";
import { PodsApi } from "./api";
import { Changes } from "./changes";
import { Commits } from "./commits";
import { Follower } from "./follower";
import type { AcceptCall } from "./lineReader";
import { readLogTime } from "./logTime";
import { createMetrics } from "./metrics";
import { Pods } from "./pods";

/** How often it is looked whether the instance is known yet. Milliseconds. */
const INSTANCE_MILLIS = 200;

export interface StdoutSourceOptions {
  stdout: NonNullable<NonNullable<Configuration["logins"]>["stdout"]>;
  /** Origin of the API server. */
  kubernetes: string;
  /** Folder with `token` and `ca.crt`. */
  serviceAccount: string | undefined;
  journal: SourceJournal & { instance(): string | undefined };
  accept(call: LoginCall, context: ReadingContext): ReturnType<AcceptCall>;
  logger: Logger;
  registry: Registry;
}

/** What readiness and the status page show of the source. */
export interface StdoutSourceState extends SourceState {
  /** Containers whose logs are followed. */
  containers: number;
}

export interface StdoutSource extends Source {
  state(): StdoutSourceState;
  /** The time up to which every line was taken, microseconds; Infinity while nothing is left to read. */
  readThroughMicros(): number;
}

/**
 * The source of login records in ZITADEL's log: follows the containers of ZITADEL's pods through the Kubernetes
 * API, through restarts and with new replicas, and resumes where the journal says that it was. Lines that are no
 * longer served are reported with their bounds.
 */
export function createStdoutSource(options: StdoutSourceOptions): StdoutSource {
  const { stdout, journal, logger } = options;
  const api = new PodsApi(options.kubernetes, options.serviceAccount, stdout.namespace, stdout.labels);
  const followers = new Map<string, Follower>();
  const changes = new Changes();
  const pods = new Pods(api, () => changes.notify());
  const metrics = createMetrics(
    options.registry,
    () => followers.size,
    () => state().obstacle !== undefined,
  );
  const context = (): ReadingContext => ({
    instanceId: journal.instance()!,
    observedDate: new Date().toISOString(),
  });
  const commits = new Commits({ journal, logger, metrics, context });
  let broken: unknown;

  function state(): StdoutSourceState {
    const failure = pods.failure ?? [...followers.values()].find(({ failure }) => failure)?.failure;
    return {
      obstacle: failure && { message: failure.message, remedy: failure.remedy },
      containers: followers.size,
    };
  }

  /** Follows every container that is there or whose log was not read to its end. */
  async function follow(signal: AbortSignal): Promise<void> {
    const loops = new Set<Promise<void>>();
    while (!signal.aborted && broken === undefined) {
      const change = changes.next();
      for (const key of new Set([...pods.containers.keys(), ...commits.positions.keys()])) {
        if (followers.has(key)) continue;
        const follower = new Follower(key, {
          api,
          pods,
          changes,
          commits,
          metrics,
          logger,
          instanceId: () => journal.instance()!,
          accept: (call) => options.accept(call, context()),
          now: () => readLogTime(new Date().toISOString())!,
        });
        followers.set(key, follower);
        const loop: Promise<void> = follower
          .run(signal)
          .catch((error) => {
            broken = error;
            changes.notify();
          })
          .finally(() => {
            followers.delete(key);
            loops.delete(loop);
          });
        loops.add(loop);
      }
      sayObstacle();
      await changes.until(change, signal);
    }
    await Promise.all(loops);
  }

  let said: string | undefined;
  function sayObstacle(): void {
    const { obstacle } = state();
    if (obstacle && obstacle.message !== said) logger.error({ remedy: obstacle.remedy }, obstacle.message);
    if (!obstacle && said !== undefined) logger.info({}, "the Kubernetes API answers again");
    said = obstacle?.message;
  }

  return {
    name: "stdout",
    state,
    ready: () => pods.current && state().obstacle === undefined,
    readThroughMicros: () =>
      pods.current
        ? Math.min(Number.POSITIVE_INFINITY, ...[...followers.values()].map((one) => one.readThroughMicros()))
        : 0,
    async run(signal) {
      try {
        while (journal.instance() === undefined && !signal.aborted)
          await pause(INSTANCE_MILLIS, undefined, { signal }).catch(() => {});
        const ending = new AbortController();
        const end = () => ending.abort();
        signal.addEventListener("abort", end, { once: true });
        if (signal.aborted) end();
        const listing = pods.run(ending.signal);
        const committed = new AbortController();
        const committing = commits.run(committed.signal).catch((error) => {
          broken = error;
          changes.notify();
        });
        await follow(ending.signal);
        end();
        await listing;
        committed.abort();
        await committing;
        if (broken !== undefined) throw broken;
      } finally {
        await api.close();
      }
    },
  };
}
