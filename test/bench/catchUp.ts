import { join } from "node:path";
import { formatMicros } from "../../forwarder/records/micros";
import type { Span } from "../../forwarder/sources/events/window";
import { systemClock } from "../../local/zitadel/clock";
import { readArrivals } from "./arrivals";
import type { BareLoopCalls } from "./bareLoopProcess";
import { type BenchStage, onStage, until } from "./benchStage";
import type { Figure, Measurement } from "./figure";
import { cpuSeconds, peakMemory } from "./processReadings";
import { scoutSearches } from "./scout";
import { WorkerProcess } from "./workerProcess";

const HOUR = 3_600_000_000;
const MIB = 1 << 20;

export interface CatchUpSize {
  /** Events of the history that is read. */
  events: number;
  /** How often the bare loop and the forwarder read it, in turns. */
  rounds: number;
}

/** One reading of the whole history. */
interface Reading {
  seconds: number;
  pages: number;
  cpuSeconds: number;
}

interface ForwarderReading extends Reading {
  peakBytes: number;
  readSeconds: number;
}

/**
 * How fast a forwarder brings a history from ZITADEL through its journal on disk to a receiver, beside a bare
 * loop that fetches the same pages and throws them away.
 */
export function catchUp({ events, rounds }: CatchUpSize): Measurement {
  return {
    name: "catch-up",
    run: (say) =>
      onStage({ commitDelay: 0 }, async (stage) => {
        say(`loading a history of ${events} events`);
        const history = await loadHistory(stage, events);
        const bare: Reading[] = [];
        const forwarder: ForwarderReading[] = [];
        for (let round = 1; round <= rounds; round++) {
          bare.push(await readByBareLoop(stage, history));
          forwarder.push(await readByForwarder(stage, `forwarder-${round}`, history));
          const [a, b] = [bare.at(-1)!, forwarder.at(-1)!];
          say(
            `round ${round} of ${rounds}: bare loop ${a.seconds.toFixed(2)} s (${a.pages} pages), forwarder ` +
              `${b.seconds.toFixed(2)} s (${b.pages} pages, read in ${b.readSeconds.toFixed(2)} s)`,
          );
        }
        return figures(events, bare, forwarder);
      }),
  };
}

/** A history in the stand-in's store. */
export interface History {
  events: number;
  span: Span;
  /** What a bare loop has to send to read it. */
  searches: string[];
}

/** Loads events of a day that ended an hour ago. */
export async function loadHistory({ zitadel, issuer, token }: BenchStage, events: number): Promise<History> {
  const now = systemClock.now();
  const span = { fromMicros: now - 25 * HOUR, toMicros: now - HOUR };
  await zitadel.call("load", { events, from: span.fromMicros, until: span.toMicros });
  return { events, span, searches: await scoutSearches(issuer, token, span) };
}

function figures(events: number, bare: Reading[], forwarder: ForwarderReading[]): Figure[] {
  const rate = ({ seconds }: Reading) => events / seconds;
  const cpu = (reading: Reading) => (reading.cpuSeconds * 1e6) / events;
  return [
    {
      what: "catch-up, forwarder to bare loop",
      rounds: forwarder.map(({ seconds }, round) => bare[round]!.seconds / seconds),
      unit: "",
      aim: { atLeast: 0.9 },
    },
    { what: "catch-up, bare loop", rounds: bare.map(rate), unit: "events/s" },
    { what: "catch-up, forwarder", rounds: forwarder.map(rate), unit: "events/s" },
    {
      what: "reads in catch-up, forwarder",
      rounds: forwarder.map(({ pages, seconds }) => pages / seconds),
      unit: "/s",
    },
    { what: "CPU, forwarder", rounds: forwarder.map(cpu), unit: "s/million events" },
    { what: "CPU, bare loop", rounds: bare.map(cpu), unit: "s/million events" },
    {
      what: "peak memory in catch-up, forwarder",
      rounds: forwarder.map(({ peakBytes }) => peakBytes / MIB),
      unit: "MiB",
      aim: { below: 128 },
    },
  ];
}

export async function readByBareLoop(
  { zitadel, issuer, token }: BenchStage,
  { searches }: History,
): Promise<Reading> {
  const loop = WorkerProcess.start<BareLoopCalls>("bareLoopProcess");
  try {
    await zitadel.call("countAfresh", undefined);
    const { endedAt, cpuSeconds } = await loop.call("run", { issuer, token, searches });
    const { pages, firstAt } = await zitadel.call("searches", undefined);
    return { seconds: (endedAt - firstAt) / 1e6, pages, cpuSeconds };
  } finally {
    await loop.end();
  }
}

export async function readByForwarder(
  stage: BenchStage,
  name: string,
  { events, span }: History,
): Promise<ForwarderReading> {
  const { zitadel, receiver } = stage;
  const file = join(stage.folder, `${name}.ndjson`);
  await receiver.call("begin", file);
  await zitadel.call("countAfresh", undefined);
  const forwarder = stage.forwarder(name, formatMicros(span.fromMicros));
  await forwarder.start();
  await until(
    "the forwarder searches",
    30,
    async () => (await zitadel.call("searches", undefined)).pages > 0,
  );
  const cpuBefore = cpuSeconds(forwarder.pid);
  await until(`${events} records have arrived`, 60 + events / 500, async () => {
    if (!forwarder.running) throw new Error(`the forwarder ended: ${forwarder.readLog().slice(-2000)}`);
    return (await receiver.call("received", undefined)) >= events;
  });
  const cpu = cpuSeconds(forwarder.pid) - cpuBefore;
  const peakBytes = peakMemory(forwarder.pid);
  const searches = await zitadel.call("searches", undefined);
  await forwarder.stop();

  const arrivals = readArrivals(file, await receiver.call("deliveries", undefined)).filter(
    ({ createdAt }) => createdAt >= span.fromMicros && createdAt < span.toMicros,
  );
  if (arrivals.length !== events)
    throw new Error(`${arrivals.length} of ${events} events of the history arrived`);
  return {
    seconds: (arrivals.at(-1)!.arrivedAt - searches.firstAt) / 1e6,
    readSeconds: (searches.lastAt - searches.firstAt) / 1e6,
    pages: searches.pages,
    cpuSeconds: cpu,
    peakBytes,
  };
}
