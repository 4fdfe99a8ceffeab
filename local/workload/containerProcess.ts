import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, type WriteStream } from "node:fs";
import type { ContainerPlan, ProbePlan } from "./containerPlan";
import type { Warden } from "./warden";

/** Milliseconds before a restart after the second exit in a row; doubled for each further one. As kubelet. */
const BACKOFF_FIRST = 10_000;
const BACKOFF_MOST = 300_000;
/** A container that ran so many milliseconds starts afresh with its back-off. */
const BACKOFF_RESET = 600_000;
/** Milliseconds between two questions of a probe that does not pass. */
const EAGER_PERIOD = 200;

/** Milliseconds until restart number `restarts` (the first is 1): at once, then 10 s, 20 s, … 5 min. */
export function restartDelay(restarts: number): number {
  return restarts <= 1 ? 0 : Math.min(BACKOFF_MOST, BACKOFF_FIRST * 2 ** (restarts - 2));
}

/**
 * One container as a process: it is started again whenever it ends or its liveness probe fails, until it is
 * stopped.
 *
 * `waiting` (not started, or between two starts) → `running` when the process is there → `ready` when the
 * startup and readiness probes pass → `running` when readiness fails → `waiting` when the process ends.
 * `stop` leads from each of them to the end.
 */
export class ContainerProcess {
  #child: ChildProcess | undefined;
  #stopping = false;
  #ready = false;
  #timer: NodeJS.Timeout | undefined;
  #probes: ProbeLoop[] = [];
  readonly #log: WriteStream;
  /** How often it was started again. */
  restarts = 0;
  /** Why it is not ready, for the person at the terminal. */
  reason = "is not started yet";

  constructor(
    readonly plan: ContainerPlan,
    private readonly folder: string,
    logFile: string,
    private readonly warden: Warden,
    private readonly onChange: () => void,
  ) {
    this.#log = createWriteStream(logFile, { flags: "a", mode: 0o600 });
    this.#start(0);
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** Asks the process to end, and ends it when the grace period (milliseconds) is over. */
  async stop(gracePeriod: number): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    this.#endProbes();
    await endProcess(this.#child, gracePeriod);
    await new Promise<void>((resolve) => this.#log.end(resolve));
  }

  #start(recentRestarts: number): void {
    const started = performance.now();
    const { file, args, env } = this.plan;
    const child = spawnContainer(file, args, env, this.folder, this.warden);
    this.#child = child;
    child.stdout!.pipe(this.#log, { end: false });
    child.stderr!.pipe(this.#log, { end: false });
    this.#setReady(false, "has not passed its probes yet");
    this.#beginProbes();
    child.once("error", (error) => this.#setReady(false, `does not start: ${error.message}`));
    child.once("close", (code, signal) => {
      this.warden.release(child);
      this.#endProbes();
      this.#child = undefined;
      if (this.#stopping) return;
      this.restarts += 1;
      const restarts = performance.now() - started > BACKOFF_RESET ? 1 : recentRestarts + 1;
      const delay = restartDelay(restarts);
      this.#setReady(
        false,
        `ended with ${signal ?? `exit code ${code}`} and is started again${delay > 0 ? ` in ${delay / 1000} s` : ""}`,
      );
      this.#timer = setTimeout(() => this.#start(restarts), delay);
    });
  }

  #setReady(ready: boolean, reason: string): void {
    this.#ready = ready;
    this.reason = reason;
    this.onChange();
  }

  #beginProbes(): void {
    const { startup, readiness, liveness } = this.plan.probes;
    const begin = (probe: ProbePlan, onResult: (passed: boolean) => void) =>
      this.#probes.push(new ProbeLoop(probe, onResult));
    const started = () => {
      if (readiness) {
        begin(readiness, (passed) =>
          this.#setReady(
            passed,
            passed ? "" : `answers its readiness probe ${readiness.url} with no success`,
          ),
        );
      } else this.#setReady(true, "");
      if (liveness) begin(liveness, (passed) => passed || this.#child?.kill("SIGTERM"));
    };
    if (!startup) {
      started();
      return;
    }
    const loop = new ProbeLoop(startup, (passed) => {
      loop.end();
      if (passed) started();
      else this.#child?.kill("SIGTERM");
    });
    this.#probes.push(loop);
  }

  #endProbes(): void {
    for (const probe of this.#probes) probe.end();
    this.#probes = [];
  }
}

/** Runs an init container: resolves when it ended well, rejects with its last output when it did not. */
export async function runToEnd(plan: ContainerPlan, folder: string, warden: Warden): Promise<void> {
  const child = spawnContainer(plan.file, plan.args, plan.env, folder, warden);
  const output: Buffer[] = [];
  for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (part: Buffer) => output.push(part));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  warden.release(child);
  if (code !== 0) {
    const last = Buffer.concat(output).toString().trim().split("\n").slice(-5).join("\n");
    throw new Error(`init container ${plan.name} ended with exit code ${code}: ${last}`);
  }
}

/** A process group of its own, so that the terminal's Ctrl-C does not reach it: the run ends it. */
function spawnContainer(
  file: string,
  args: readonly string[],
  env: Record<string, string>,
  cwd: string,
  warden: Warden,
): ChildProcess {
  const child = spawn(file, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  warden.watch(child);
  return child;
}

async function endProcess(child: ChildProcess | undefined, gracePeriod: number): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), gracePeriod);
  await ended;
  clearTimeout(timer);
}

/**
 * Asks a probe's URL again and again; tells when it has passed or failed often enough to count. Until it first
 * passes it asks more often than the manifest says, so that nobody waits for the next turn of a container that is
 * there; what it counts of failures is still one for each of the manifest's periods.
 */
class ProbeLoop {
  #timer: NodeJS.Timeout;
  #ended = false;
  #passed: boolean | undefined;
  #inRow = 0;
  /** When the last answer was counted. */
  #counted = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly probe: ProbePlan,
    private readonly onResult: (passed: boolean) => void,
  ) {
    this.#timer = this.#askAfter(probe.initialDelay);
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  #askAfter(pause: number): NodeJS.Timeout {
    return setTimeout(() => {
      // What a probe says is taken by code of the run, which must not fail.
      this.#ask().catch((error: Error) => console.error(error));
    }, pause);
  }

  async #ask(): Promise<void> {
    const asked = performance.now();
    const passed = await this.#answersWell();
    if (this.#ended) return;
    if (passed !== this.#passed || asked - this.#counted >= this.probe.period) this.#count(passed, asked);
    const { period } = this.probe;
    const pause = this.#passed ? period : Math.min(period, EAGER_PERIOD);
    if (!this.#ended) this.#timer = this.#askAfter(pause);
  }

  #count(passed: boolean, asked: number): void {
    this.#inRow = passed === this.#passed ? this.#inRow + 1 : 1;
    this.#passed = passed;
    this.#counted = asked;
    const needed = passed ? this.probe.successThreshold : this.probe.failureThreshold;
    if (this.#inRow === needed) this.onResult(passed);
  }

  async #answersWell(): Promise<boolean> {
    try {
      const { status, body } = await fetch(this.probe.url, {
        redirect: "manual",
        signal: AbortSignal.timeout(this.probe.timeout),
      });
      await body?.cancel();
      return status >= 200 && status < 400;
    } catch {
      return false;
    }
  }
}
