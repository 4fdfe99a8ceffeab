import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensurePulumi, type PulumiEngine, type Say } from "../../tools/pulumi/ensurePulumi";
import { LocalEngine } from "../engine";
import type { LocalStack } from "../engineStack";
import { startWorkload, type Workload } from "../workload/server";
import { Warden } from "../workload/warden";
import { buildProducts } from "./build";
import { openReceiver, openZitadel, startOwnReceiver, startStandIn } from "./environment";
import { lastLines, observe } from "./observe";
import type { ExistingZitadel, RunOptions } from "./options";
import { describeSteps, openRootStack, rootConfiguration } from "./rootStack";
import type { Terminal } from "./terminal";
import { Trial } from "./trial";

/** Milliseconds between two lines about what `pulumi up` waits for. */
const WAIT_INTERVAL = 5_000;
/** Milliseconds after which the engine is told of a Ctrl-C: before it runs, it cannot be. */
const INTERRUPT_DELAY = 1_000;
/** How often a destroy is tried. */
const DESTROY_ATTEMPTS = 3;

/**
 * One local run, from the first process to the last. Resolves with whether records arrived and none is
 * missing, and everything is gone again. Whatever happens, it takes down what it started; what it cannot remove from
 * a ZITADEL of the person's it names, with the command that does.
 */
export async function localRun(options: RunOptions, terminal: Terminal): Promise<boolean> {
  const { say } = terminal;
  await buildProducts(say);
  const pulumi = await ensurePulumi(say);
  say(`Pulumi engine ${pulumi.version} (${pulumi.command})`);
  const trial = options.zitadel && Trial.begin(options.zitadel);
  const folder = mkdtempSync(join(tmpdir(), "zitadel-siem-run-"));
  const warden = new Warden(folder);
  const closing: Closing[] = [{ what: "the run's processes", close: () => warden.close() }];
  let succeeded = false;
  let isGone = false;
  try {
    succeeded = await runIn(folder, { options, terminal, pulumi, warden, closing, trial });
  } finally {
    const isClosed = await closeAll(closing.reverse(), say);
    isGone = (trial === undefined || (await trial.end(say))) && isClosed;
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    if (isGone) say("everything that the run started and created is gone");
  }
  return succeeded && isGone;
}

/** Something to take down at the end; the last that was started goes first. */
interface Closing {
  what: string;
  close(): Promise<void> | void;
}

interface Parts {
  options: RunOptions;
  terminal: Terminal;
  pulumi: PulumiEngine;
  warden: Warden;
  closing: Closing[];
  /** Undefined where the ZITADEL is the run's own. */
  trial: Trial | undefined;
}

async function runIn(
  folder: string,
  { options, terminal, pulumi, warden, closing, trial }: Parts,
): Promise<boolean> {
  const { say, stop } = terminal;
  const workload = await startWorkload(join(folder, "workload"), warden);
  closing.push({ what: "the containers", close: () => workload.close() });
  const source = options.zitadel
    ? openZitadel(options.zitadel, say)
    : await startStandIn(folder, options.eventsPerSecond, workload.supervisor, say);
  closing.push({ what: "ZITADEL", close: () => source.close() });
  const destination = options.receiver
    ? openReceiver(options.receiver, say)
    : await startOwnReceiver(folder, say);
  closing.push({ what: "the receiver", close: () => destination.close() });
  const engine = await LocalEngine.open({
    pulumi,
    plugins: ["zitadel", "kubernetes", "random"],
    environment: { ...workload.environment, ...trial?.environment },
    parent: folder,
    inOwnSession: true,
  });
  closing.push({ what: "the engine", close: () => engine.close() });
  say("the engine loads this run's own plugins, and no others");
  const stack = await openRootStack(engine, rootConfiguration(source, destination, Date.now()));
  if (options.zitadel && !(await isWanted(stack, options.zitadel, terminal))) return false;
  if (stop.aborted) return false;
  if (trial) say(`should this run be killed, what it created in ZITADEL is removed by: ${trial.command}`);
  closing.push({ what: "the stack", close: () => destroy(stack, say) });
  const readerUserId = await deploy(stack, workload, terminal);
  if (stop.aborted) return false;
  const { duration } = options;
  return observe({ duration, terminal, source, destination, workload, readerUserId });
}

/** Lists what would be created in a ZITADEL of the person's, and asks. */
async function isWanted(
  stack: LocalStack,
  { url, confirmed }: ExistingZitadel,
  terminal: Terminal,
): Promise<boolean> {
  const preview = await stack.preview();
  terminal.say(`to be created until the end of the run, ${describeSteps(preview, "create")}`);
  return confirmed || terminal.confirm(`Create this in ${url.origin}?`);
}

/** `pulumi up`; resolves with the id of the reader's service account when the forwarder is ready. */
async function deploy(stack: LocalStack, { supervisor }: Workload, { say, stop }: Terminal): Promise<string> {
  const started = performance.now();
  const seconds = () => Math.round((performance.now() - started) / 1000);
  say("pulumi up: the root stack");
  const waiting = setInterval(() => {
    for (const pod of supervisor.pods) if (!pod.ready) say(`  after ${seconds()} s: ${pod.reason}`);
  }, WAIT_INTERVAL);
  try {
    const up = await stack.up({ signal: later(stop, INTERRUPT_DELAY) });
    say(`pulumi up: created ${describeSteps(up, "create")}; ready after ${seconds()} s`);
    return String(up.outputs.readerUserId?.value);
  } catch (error) {
    for (const pod of supervisor.pods) say(`${pod.reason}\n${lastLines(pod)}`);
    throw error;
  } finally {
    clearInterval(waiting);
  }
}

/** A signal that follows another after some milliseconds. */
function later(signal: AbortSignal, milliseconds: number): AbortSignal {
  const follower = new AbortController();
  signal.addEventListener("abort", () => setTimeout(() => follower.abort(), milliseconds).unref());
  return follower.signal;
}

async function destroy(stack: LocalStack, say: Say): Promise<void> {
  say("pulumi destroy");
  for (let attempt = 1; ; attempt++) {
    try {
      const { changes } = await stack.destroy();
      say(`pulumi destroy: deleted ${changes.delete ?? 0} resources`);
      return;
    } catch (error) {
      if (attempt === DESTROY_ATTEMPTS) throw error;
      // An engine that was killed has left a lock; without one there is nothing to take away.
      await stack.unlock().catch(() => undefined);
    }
  }
}

/** Closes what it can; whether nothing failed. */
async function closeAll(closing: readonly Closing[], say: Say): Promise<boolean> {
  let succeeded = true;
  for (const { what, close } of closing) {
    try {
      await close();
    } catch (error) {
      succeeded = false;
      say(`taking down ${what} failed: ${(error as Error).message}`);
    }
  }
  return succeeded;
}
