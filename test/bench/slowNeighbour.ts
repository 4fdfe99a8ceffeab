import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { formatMicros } from "../../forwarder/records/micros";
import { systemClock } from "../../local/zitadel/clock";
import { type BenchStage, onStage } from "./benchStage";
import { type Figure, type Measurement, quantile } from "./figure";
import { readLags } from "./lags";
import type { SinkCalls } from "./sinkProcess";
import { WorkerProcess } from "./workerProcess";

const EVENTS_PER_SECOND = 100;
const WRITERS = 20;
/** How long the slow destination takes for an answer to ten records: a twentieth of what is written. */
const SLOW_MILLIS = 2000;
const SLOW_BATCH = { maxRecords: 10, inFlight: 1 };

/** What one phase showed. */
interface Phase {
  /** Seconds from creation at ZITADEL to the fast destination, of every event. */
  lags: number[];
  /** Events a second that the slow destination took. */
  slowRate: number;
}

/** How late a fast destination is beside one that takes a twentieth of what is written, and alone. */
export function slowNeighbour(size: { startSeconds: number; seconds: number; rounds: number }): Measurement {
  return {
    name: "slow-neighbour",
    run: (say) =>
      onStage({ commitDelay: 0 }, async (stage) => {
        const slow = WorkerProcess.start<SinkCalls>("sinkProcess");
        try {
          const url = await slow.call("start", { latency: SLOW_MILLIS });
          const alone: Phase[] = [];
          const beside: Phase[] = [];
          for (let round = 1; round <= size.rounds; round++) {
            alone.push(await follow(stage, `alone-${round}`, size));
            beside.push(await follow(stage, `beside-${round}`, size, { process: slow, url }));
            say(
              `round ${round} of ${size.rounds}: lag p95 ${p95(alone.at(-1)!).toFixed(2)} s alone, ` +
                `${p95(beside.at(-1)!).toFixed(2)} s beside one that took ${beside.at(-1)!.slowRate.toFixed(1)} events/s`,
            );
          }
          return figures(alone, beside);
        } finally {
          await slow.end();
        }
      }),
  };
}

const p95 = ({ lags }: Phase) => quantile(lags, 0.95);

function figures(alone: Phase[], beside: Phase[]): Figure[] {
  return [
    {
      what: "lag p95 of a destination beside a slow one, to alone",
      rounds: beside.map((phase, round) => p95(phase) / p95(alone[round]!)),
      unit: "",
      aim: { atMost: 1.2 },
    },
    { what: "lag p95 of a destination, alone", rounds: alone.map(p95), unit: "s" },
    { what: "lag p95 of a destination, beside a slow one", rounds: beside.map(p95), unit: "s" },
    {
      what: `the slow one takes, of ${EVENTS_PER_SECOND} written`,
      rounds: beside.map(({ slowRate }) => slowRate),
      unit: "events/s",
    },
  ];
}

async function follow(
  stage: BenchStage,
  name: string,
  { startSeconds, seconds }: { startSeconds: number; seconds: number },
  slow?: { process: WorkerProcess<SinkCalls>; url: string },
): Promise<Phase> {
  const { zitadel, receiver, receiverUrl } = stage;
  const file = join(stage.folder, `${name}.ndjson`);
  await receiver.call("begin", file);
  await slow?.process.call("countAfresh", undefined);
  const forwarder = stage.forwarder(name, formatMicros(systemClock.now()), {
    destinations: [
      { name: "siem", http: { url: receiverUrl } },
      ...(slow ? [{ name: "slow", http: { url: `${slow.url}/records` }, batch: SLOW_BATCH }] : []),
    ],
  });
  await forwarder.start();
  const from = systemClock.now();
  await zitadel.call("write", { eventsPerSecond: EVENTS_PER_SECOND, writers: WRITERS });
  await delay(startSeconds * 1000);
  const steadyFrom = systemClock.now();
  await delay(seconds * 1000);
  const { events } = await zitadel.call("stopWriting", undefined);
  const lags = await readLags(stage, file, from, events);
  const taken = await slow?.process.call("taken", undefined);
  // It need not deliver the slow one's backlog.
  await forwarder.kill();
  return {
    lags: lags.filter(({ createdAt }) => createdAt >= steadyFrom).map((lag) => lag.seconds),
    slowRate: taken ? (taken.records * 1e6) / (systemClock.now() - from) : 0,
  };
}
