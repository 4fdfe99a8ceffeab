import type { Logger } from "pino";
import type { Registry } from "prom-client";
import type { Configuration } from "../../../contract";
import type { LoginCall } from "../../../contract/loginClaim";
import { ConditionVariable, pause, untilAborted } from "../../concurrency/waiting";
import type { Fault } from "../../fault";
import type { SourceJournal } from "../../journal/sourceJournal";
import type { ReadingContext } from "../../records/eventRecord";
import type { Source, SourceState } from "../source";
import { PodsApi } from "./api";
import { Commits } from "./commits";
import { Follower } from "./follower";
import type { AcceptCall } from "./lineReader";
import { readLogTime } from "./logTime";
import { createMetrics, type Metrics } from "./metrics";
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

/**
 * The source of login records in ZITADEL's log: follows the containers of ZITADEL's pods through the Kubernetes
 * API, through restarts and with new replicas, and resumes where the journal says that it was. Lines that are no
 * longer served are reported with their bounds.
 *
 * - *waiting*: until the journal knows whose records it holds.
 * - *following*: the pods are listed and watched, each container has a Follower, and what they read is committed.
 * - *ending*: on the signal, or when a part of it has failed for good, followers end; what they took is committed.
 */
export class StdoutSource implements Source {
  readonly name = "stdout";
  readonly #api: PodsApi;
  readonly #pods: Pods;
  readonly #commits: Commits;
  readonly #metrics: Metrics;
  readonly #followers = new Map<string, Follower>();
  /** Something changed that the next step of a follower, or of the source, depends on. */
  readonly #changes = new ConditionVariable();
  /** Why the source cannot go on. */
  #failure: { error: unknown } | undefined;
  /** The fault that the log named last. */
  #logged: string | undefined;

  constructor(private readonly options: StdoutSourceOptions) {
    const { kubernetes, serviceAccount, stdout, journal, logger, registry } = options;
    this.#api = new PodsApi(kubernetes, serviceAccount, stdout.namespace, stdout.labels);
    this.#pods = new Pods(this.#api, () => this.#changes.notifyAll());
    this.#metrics = createMetrics(
      registry,
      () => this.#followers.size,
      () => this.#fault() !== undefined,
    );
    this.#commits = new Commits({ journal, logger, metrics: this.#metrics, context: () => this.#context() });
  }

  async run(signal: AbortSignal): Promise<void> {
    const { journal } = this.options;
    const followed = new AbortController();
    try {
      while (journal.instance() === undefined && !signal.aborted) await pause(INSTANCE_MILLIS, signal);
      const ending = AbortSignal.any([signal, followed.signal]);
      const listing = this.#pods.run(ending);
      const taken = new AbortController();
      const committing = this.#commits.run(taken.signal).catch((error) => this.#fail(error));
      await this.#follow(ending);
      followed.abort();
      await listing;
      taken.abort();
      await committing;
      if (this.#failure) throw this.#failure.error;
    } finally {
      await this.#api.close();
    }
  }

  state(): StdoutSourceState {
    return { fault: this.#fault(), containers: this.#followers.size };
  }

  ready(): boolean {
    return this.#pods.current && this.#fault() === undefined;
  }

  /** The time up to which every line was taken, microseconds; Infinity while nothing is left to read. */
  readThroughMicros(): number {
    if (!this.#pods.current) return 0;
    const times = [...this.#followers.values()].map((follower) => follower.readThroughMicros());
    return Math.min(Number.POSITIVE_INFINITY, ...times);
  }

  /** Follows every container that is there or whose log was not read to its end. */
  async #follow(signal: AbortSignal): Promise<void> {
    const loops = new Set<Promise<void>>();
    while (!signal.aborted && !this.#failure) {
      for (const key of new Set([...this.#pods.containers.keys(), ...this.#commits.positions.keys()])) {
        if (this.#followers.has(key)) continue;
        const loop: Promise<void> = this.#followContainer(key, signal).finally(() => loops.delete(loop));
        loops.add(loop);
      }
      this.#logFault();
      await untilAborted(this.#changes.wait(signal), signal);
    }
    await Promise.all(loops);
  }

  async #followContainer(key: string, signal: AbortSignal): Promise<void> {
    const follower = this.#createFollower(key);
    this.#followers.set(key, follower);
    try {
      await follower.run(signal);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#followers.delete(key);
    }
  }

  #createFollower(key: string): Follower {
    const { journal, logger, accept } = this.options;
    return new Follower(key, {
      api: this.#api,
      pods: this.#pods,
      changes: this.#changes,
      commits: this.#commits,
      metrics: this.#metrics,
      logger,
      instanceId: () => journal.instance()!,
      accept: (call) => accept(call, this.#context()),
      now: () => readLogTime(new Date().toISOString())!,
    });
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#changes.notifyAll();
  }

  #fault(): Fault | undefined {
    const failures = [this.#pods.failure, ...[...this.#followers.values()].map(({ failure }) => failure)];
    const failure = failures.find((one) => one !== undefined);
    return failure && { reason: failure.reason, remedy: failure.remedy };
  }

  /** Says once what is wrong, and once that it is over. */
  #logFault(): void {
    const { logger } = this.options;
    const fault = this.#fault();
    if (fault && fault.reason !== this.#logged) logger.error({ remedy: fault.remedy }, fault.reason);
    if (!fault && this.#logged !== undefined) logger.info({}, "the Kubernetes API answers again");
    this.#logged = fault?.reason;
  }

  #context(): ReadingContext {
    return { instanceId: this.options.journal.instance()!, observedDate: new Date().toISOString() };
  }
}
