import type { Logger } from "pino";
import { type ConditionVariable, pause, untilAborted } from "../../concurrency/waiting";
import { KubernetesError, type PodsApi } from "./api";
import type { Commits } from "./commits";
import { type AcceptCall, readLine } from "./lineReader";
import { type LogLine, logLines } from "./lines";
import { type LogTime, logMicros, secondBefore } from "./logTime";
import type { Metrics } from "./metrics";
import type { Pods } from "./pods";
import { nextStep, type Position, type Step } from "./step";

/** After a failure, or an end that was not expected, a log is opened again after so long. Milliseconds. */
const AGAIN_MILLIS = 1_000;
/** A connection that brought nothing for so long has brought all that there is. Milliseconds. */
const QUIET_MILLIS = 2_000;
/** The same before it brought anything: the node answers with the first line only. Milliseconds. */
const QUIET_AT_FIRST_MILLIS = 10_000;

const UNREADABLE = new KubernetesError(
  "a line of ZITADEL's log is signed for an organization whose secrets cannot be read",
  "mount the secret files that logins.organizations names; the line is read again",
);

export interface FollowerOptions {
  api: Pick<PodsApi, "log">;
  pods: Pods;
  /** Notified when something changed that what to do next depends on. */
  changes: ConditionVariable;
  commits: Commits;
  metrics: Metrics;
  logger: Logger;
  instanceId(): string;
  accept: AcceptCall;
  /** The present time, as the container runtime would write it. */
  now(): LogTime;
}

/** Follows one container through its restarts until its pod is gone. */
export class Follower {
  /** What keeps it from reading. */
  failure: KubernetesError | undefined;
  /** Since when nothing new came; undefined while something does, or nothing is open. Our milliseconds. */
  #quietSince: number | undefined;
  #waiting = false;
  /** The last read ended as a log does that has ended. */
  #cleanEnd = false;
  /** The instance whose log seemed to have lost lines at the last look. */
  #suspect: string | undefined;

  constructor(
    private readonly key: string,
    private readonly options: FollowerOptions,
  ) {}

  /** The time up to which every line was taken, microseconds; Infinity when nothing is left to read. */
  readThroughMicros(): number {
    const quiet = this.#quietSince !== undefined && performance.now() - this.#quietSince > QUIET_MILLIS;
    if (this.#waiting || quiet) return Number.POSITIVE_INFINITY;
    const at = this.options.commits.positions.get(this.key)?.at;
    return at === undefined ? 0 : logMicros(at);
  }

  /** Follows until the pod is gone and its log taken, or the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { pods, changes, commits, now } = this.options;
    while (!signal.aborted) {
      await commits.waitForSpace(signal);
      const seen = pods.containers.get(this.key);
      const position = commits.positions.get(this.key);
      if (!seen && !pods.current) {
        await untilAborted(changes.wait(signal), signal);
        continue;
      }
      const known: Position | undefined =
        !seen && position && this.#cleanEnd ? { ...position, complete: true } : position;
      const step = nextStep(known, seen, now());
      if ("read" in step) {
        await this.#read(step, signal);
      } else if ("wait" in step) {
        this.#waiting = true;
        await untilAborted(changes.wait(signal), signal);
        this.#waiting = false;
      } else {
        const next = "move" in step ? step.move : undefined;
        if (step.gap) commits.takeGap(this.key, next, step.gap);
        else commits.take(this.key, next);
        this.#cleanEnd = false;
        if (!next) return;
      }
    }
  }

  async #read(step: Extract<Step, { read: unknown }>, signal: AbortSignal): Promise<void> {
    const { commits, now, logger } = this.options;
    const { read: instance, previous } = step;
    this.#cleanEnd = false;
    try {
      const end = await this.#lines(step, signal);
      if (end === "later") this.failure = UNREADABLE;
      if (end !== "end" && end !== "nothing") return await this.#again(signal);
      this.#cleanEnd = true;
      // An instance that still ran when its log was opened may have written more before it ended.
      if (!instance.ended) return await this.#again(signal);
      const position: Position = { ...(commits.positions.get(this.key) ?? step.position), complete: true };
      const { at, ...begin } = step.position;
      if (end === "nothing" && at !== undefined)
        commits.takeGap(this.key, position, {
          pod: begin.pod,
          container: begin.container,
          from: at,
          to: instance.finishedAt !== undefined && instance.finishedAt > at ? instance.finishedAt : now(),
        });
      else commits.take(this.key, position);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof KubernetesError)) throw error;
      // The node has removed the log, or has none yet: the status says which before long.
      const gone = error.status === 404 || error.status === 400;
      if (gone && previous) return this.#lost(step);
      if (!gone && error.status !== undefined) this.failure = error;
      else if (!gone) logger.debug({ reason: error.message }, "a log is opened again");
      await this.#again(signal);
    } finally {
      this.#quietSince = undefined;
    }
  }

  /** The previous instance's log is not served any more. */
  #lost({ position, read }: Extract<Step, { read: unknown }>): void {
    const { commits, now } = this.options;
    const { pod, container, at } = position;
    const complete: Position = { ...position, complete: true };
    if (at === undefined) commits.take(this.key, complete);
    else commits.takeGap(this.key, complete, { pod, container, from: at, to: read.finishedAt ?? now() });
  }

  /** Takes the lines of one connection; says how it ended. */
  async #lines(
    { read: instance, previous, position }: Extract<Step, { read: unknown }>,
    signal: AbortSignal,
  ): Promise<"end" | "nothing" | "suspect" | "full" | "later"> {
    const { api, commits } = this.options;
    const { pod, container, at } = position;
    const resumeAt = at;
    const sinceTime = at === undefined ? undefined : secondBefore(at);
    const follow = !previous;
    const bytes = api.log({ pod, container, previous, follow, sinceTime }, signal);
    let first = true;
    for await (const lines of logLines(this.#heard(bytes))) {
      if (first && resumeAt !== undefined && lines[0]!.at > resumeAt) {
        // Either lines are gone, or the container was restarted and its status does not say so yet.
        if (this.#suspect !== instance.id) {
          this.#suspect = instance.id;
          return "suspect";
        }
        commits.takeGap(this.key, position, { pod, container, from: resumeAt, to: lines[0]!.at });
      }
      first = false;
      this.#suspect = undefined;
      if (!this.#take(lines, position)) return "later";
      this.failure = undefined;
      if (commits.full) return "full";
    }
    return first ? "nothing" : "end";
  }

  /** Takes lines; false when one has to be read again later, which is then not taken, nor what follows it. */
  #take(lines: readonly LogLine[], begin: Position): boolean {
    const { commits, metrics, accept, instanceId } = this.options;
    let at = commits.positions.get(this.key)?.at ?? begin.at;
    const records = [];
    let whole = true;
    for (const line of lines) {
      const read = readLine(line.text, instanceId(), accept);
      whole = read !== "later";
      if (read === "later") break;
      const fresh = at === undefined || line.at > at;
      if (typeof read !== "string") records.push(read);
      else if (fresh) metrics.foreign.inc({ reason: read });
      if (fresh) at = line.at;
    }
    commits.take(this.key, { ...begin, at }, records);
    return whole;
  }

  /** Notes when something came. */
  async *#heard(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    this.#quietSince = performance.now() + QUIET_AT_FIRST_MILLIS - QUIET_MILLIS;
    for await (const chunk of bytes) {
      this.#quietSince = performance.now();
      yield chunk;
    }
  }

  async #again(signal: AbortSignal): Promise<void> {
    await pause(AGAIN_MILLIS, signal);
  }
}
