import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { formatMicros } from "../../forwarder/records/micros";
import { systemClock } from "../../local/zitadel/clock";
import { type BenchStage, onStage } from "./benchStage";
import { type Figure, type Measurement, quantile } from "./figure";
import { type Lag, readLags } from "./lags";
import type { PollerCalls } from "./pollerProcess";
import type { Written } from "./steadyWriters";
import { WorkerProcess } from "./workerProcess";

const EVENTS_PER_SECOND = 100;
const WRITERS = 20;
/** How long a push holds ZITADEL's lock: what PostgreSQL takes to commit it. Milliseconds. */
const COMMIT_MILLIS = 3;

export interface FollowingSize {
  /** How long a reader has nothing to do before that is measured, and how long it is then measured. */
  idleSeconds: number;
  /** How long writers have written before that is measured: a reader that was idle has noticed. */
  startSeconds: number;
  /** How long writing is then measured. */
  seconds: number;
  rounds: number;
}

type Reader = "none" | "poller" | "forwarder";

/** What one phase showed. */
interface Phase {
  /** Seconds from creation at ZITADEL to the receiver's file, of every event. */
  lags: number[];
  /** The longest of those among the events that ended the silence. */
  firstLag: number;
  readsPerSecond: number;
  /** The same before anything was written. */
  idleReadsPerSecond: number;
  written: Written;
}

/**
 * The forwarder at the tip of the log, at 100 events a second and with nothing to do, beside a loop that polls
 * every second, and beside no reader at all for what writers wait.
 */
export function following(size: FollowingSize): Measurement {
  const { rounds } = size;
  return {
    name: "following",
    run: (say) =>
      onStage({ commitDelay: COMMIT_MILLIS }, async (stage) => {
        const phases: Record<Reader, Phase[]> = { none: [], poller: [], forwarder: [] };
        for (let round = 1; round <= rounds; round++)
          for (const reader of ["none", "poller", "forwarder"] as const) {
            const phase = await runPhase(stage, reader, `${reader}-${round}`, size);
            phases[reader].push(phase);
            say(`round ${round} of ${rounds}: ${told(reader, phase)}`);
          }
        return figures(phases);
      }),
  };
}

function told(reader: Reader, { lags, readsPerSecond, written }: Phase): string {
  const push = `a push takes ${pushMillis(written).toFixed(2)} ms`;
  if (reader === "none") return `no reader: ${push}`;
  return `${reader}: lag p95 ${quantile(lags, 0.95).toFixed(2)} s, ${readsPerSecond.toFixed(2)} reads/s, ${push}`;
}

function figures({ none, poller, forwarder }: Record<Reader, Phase[]>): Figure[] {
  const lag = (phases: Phase[], share: number) => phases.map(({ lags }) => quantile(lags, share));
  const reads = (phases: Phase[]) => phases.map(({ readsPerSecond }) => readsPerSecond);
  const idle = (phases: Phase[]) => phases.map(({ idleReadsPerSecond }) => idleReadsPerSecond);
  const longer = (phases: Phase[]) =>
    phases.map(({ written }, round) => pushMillis(written) / pushMillis(none[round]!.written));
  const waited = (phases: Phase[]) => phases.map(({ written }) => written.waitedMillis / written.pushes);
  return [
    { what: "lag p50 at 100 events/s, forwarder", rounds: lag(forwarder, 0.5), unit: "s" },
    {
      what: "lag p95 at 100 events/s, forwarder",
      rounds: lag(forwarder, 0.95),
      unit: "s",
      aim: { below: 2 },
    },
    { what: "lag p50 at 100 events/s, poller", rounds: lag(poller, 0.5), unit: "s" },
    { what: "lag p95 at 100 events/s, poller", rounds: lag(poller, 0.95), unit: "s" },
    {
      what: "longest lag after a silence, forwarder",
      rounds: forwarder.map(({ firstLag }) => firstLag),
      unit: "s",
    },
    { what: "reads idle, forwarder", rounds: idle(forwarder), unit: "/s" },
    { what: "reads idle, poller", rounds: idle(poller), unit: "/s" },
    { what: "reads at 100 events/s, forwarder", rounds: reads(forwarder), unit: "/s" },
    { what: "reads at 100 events/s, poller", rounds: reads(poller), unit: "/s" },
    { what: "a push waits because of reads, forwarder", rounds: waited(forwarder), unit: "ms" },
    { what: "a push waits because of reads, poller", rounds: waited(poller), unit: "ms" },
    { what: "duration of a push, forwarder to no reader", rounds: longer(forwarder), unit: "" },
    { what: "duration of a push, poller to no reader", rounds: longer(poller), unit: "" },
  ];
}

function pushMillis({ pushMillis, pushes }: Written): number {
  return pushMillis / pushes;
}

async function runPhase(
  stage: BenchStage,
  reader: Reader,
  name: string,
  { idleSeconds, startSeconds, seconds }: FollowingSize,
): Promise<Phase> {
  const { zitadel, receiver } = stage;
  const file = join(stage.folder, `${name}.ndjson`);
  await receiver.call("begin", file);
  const stop = await startReader(stage, reader, name);
  try {
    await delay(idleSeconds * 1000);
    const idleReadsPerSecond = await readsPerSecond(stage, idleSeconds);
    const from = systemClock.now();
    await zitadel.call("write", { eventsPerSecond: EVENTS_PER_SECOND, writers: WRITERS });
    await delay(startSeconds * 1000);
    const steadyFrom = systemClock.now();
    const reads = await readsPerSecond(stage, seconds);
    const written = await zitadel.call("stopWriting", undefined);
    const phase = { readsPerSecond: reads, idleReadsPerSecond, written };
    if (reader === "none") return { ...phase, lags: [], firstLag: 0 };
    const all = await readLags(stage, file, from, written.events);
    const lags = (events: Lag[]) => events.map(({ seconds }) => seconds);
    return {
      ...phase,
      lags: lags(all.filter(({ createdAt }) => createdAt >= steadyFrom)),
      firstLag: Math.max(...lags(all.filter(({ createdAt }) => createdAt < steadyFrom))),
    };
  } finally {
    await stop();
  }
}

async function startReader(stage: BenchStage, reader: Reader, name: string): Promise<() => Promise<unknown>> {
  const from = formatMicros(systemClock.now());
  if (reader === "none") return async () => {};
  if (reader === "forwarder") {
    const forwarder = stage.forwarder(name, from);
    await forwarder.start();
    return () => forwarder.stop();
  }
  const poller = WorkerProcess.start<PollerCalls>("pollerProcess");
  const { issuer, token, receiverUrl } = stage;
  await poller.call("start", { issuer, token, receiverUrl, from });
  return async () => {
    await poller.call("stop", undefined);
    await poller.end();
  };
}

async function readsPerSecond({ zitadel }: BenchStage, seconds: number): Promise<number> {
  const before = (await zitadel.call("searches", undefined)).pages;
  const startedAt = performance.now();
  await delay(seconds * 1000);
  const { pages } = await zitadel.call("searches", undefined);
  return ((pages - before) * 1000) / (performance.now() - startedAt);
}
