import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { ConfigurationInput } from "../../components/configuration";
import { formatMicros } from "../../forwarder/records/micros";
import { ensureCollector } from "../../tools/collector/ensureCollector";
import { type BenchStage, onStage, RECEIVER_MILLIS, until } from "./benchStage";
import { loadHistory } from "./catchUp";
import type { Figure, Measurement } from "./figure";
import { type Exporter, runPipeline } from "./genericPipeline";
import type { SinkCalls, Taken } from "./sinkProcess";
import { WorkerProcess } from "./workerProcess";

type Destination = Omit<ConfigurationInput["destinations"][number], "name">;

/** A destination, and the exporter of the generic pipeline that speaks the same protocol, where there is one. */
interface Kind {
  destination(url: string): Destination;
  exporter?(url: string): Exporter;
}

const TOKEN = { tokenFile: "hec-token" };
const kinds: Record<string, Kind> = {
  http: { destination: (url) => ({ http: { url: `${url}/records` } }) },
  splunk: {
    destination: (url) => ({ splunk: { url, ...TOKEN } }),
    exporter: (url) => ({
      name: "splunk_hec",
      settings: { endpoint: `${url}/services/collector`, token: "hec-token", sourcetype: "zitadel:audit" },
    }),
  },
  "splunk with acknowledgement": {
    destination: (url) => ({ splunk: { url, ...TOKEN, acknowledgement: true } }),
  },
  otlp: {
    destination: (url) => ({ otlp: { url } }),
    exporter: (url) => ({ name: "otlphttp", settings: { endpoint: url } }),
  },
  opensearch: { destination: (url) => ({ opensearch: { url } }) },
};

/** Records and where they are: a forwarder's journal, and the lines of a file. */
interface Backlog {
  records: number;
  journal: string;
  lines: string;
}

/**
 * How fast one lane delivers what its journal holds to a destination that takes 25 ms for each answer, by kind; and a
 * generic pipeline, an OpenTelemetry Collector that reads the same records from a file and keeps what it has not
 * delivered on disk, too.
 */
export function destinations({ events, rounds }: { events: number; rounds: number }): Measurement {
  return {
    name: "destinations",
    run: (say) =>
      onStage({ commitDelay: 0 }, async (stage) => {
        await ensureCollector(say);
        const sink = WorkerProcess.start<SinkCalls>("sinkProcess");
        try {
          const url = await sink.call("start", { latency: RECEIVER_MILLIS });
          say(`filling a journal with ${events} events`);
          const backlog = await fill(stage, events);
          const rates = new Map<string, number[]>();
          for (let round = 1; round <= rounds; round++)
            for (const [name, kind] of Object.entries(kinds)) {
              const add = (what: string, rate: number) => {
                rates.set(what, [...(rates.get(what) ?? []), rate]);
                say(`round ${round} of ${rounds}: ${what}: ${rate.toFixed(0)} records/s`);
              };
              add(name, await byForwarder(stage, sink, backlog, kind.destination(url), `${name} ${round}`));
              const exporter = kind.exporter?.(url);
              if (exporter) add(pipelineOf(name), await byPipeline(stage, sink, backlog, exporter, round));
            }
          return figures(rates);
        } finally {
          await sink.end();
        }
      }),
  };
}

const pipelineOf = (kind: string) => `${kind}, generic pipeline`;

function figures(rates: ReadonlyMap<string, number[]>): Figure[] {
  return Object.keys(kinds).flatMap((kind): Figure[] => {
    const own = rates.get(kind)!;
    const pipeline = rates.get(pipelineOf(kind));
    const rate = { what: `one lane at ${RECEIVER_MILLIS} ms, ${kind}`, rounds: own, unit: "records/s" };
    return [
      { ...rate, aim: { atLeast: 1000 } },
      ...(pipeline
        ? [
            { ...rate, what: `generic pipeline at ${RECEIVER_MILLIS} ms, ${kind}`, rounds: pipeline },
            {
              what: `forwarder to generic pipeline, ${kind}`,
              rounds: own.map((value, round) => value / pipeline[round]!),
              unit: "",
            },
          ]
        : []),
    ];
  });
}

/** Has a forwarder read a history for a destination that nobody answers for, and another one that writes it down. */
async function fill(stage: BenchStage, events: number): Promise<Backlog> {
  const { span } = await loadHistory(stage, events);
  const lines = join(stage.folder, "records.ndjson");
  await stage.receiver.call("begin", lines);
  const forwarder = stage.forwarder("backlog", formatMicros(span.fromMicros), {
    destinations: [
      { name: "siem", http: { url: "http://127.0.0.1:9/" } },
      { name: "file", http: { url: stage.receiverUrl } },
    ],
  });
  await forwarder.start();
  const received = () => stage.receiver.call("received", undefined);
  await until(`${events} records are there`, 60 + events / 500, async () => (await received()) >= events);
  await forwarder.stop();
  return { records: await received(), journal: forwarder.journal, lines };
}

async function byForwarder(
  stage: BenchStage,
  sink: WorkerProcess<SinkCalls>,
  { records, journal }: Backlog,
  destination: Destination,
  name: string,
): Promise<number> {
  const forwarder = stage.forwarder(name, "beginning", {
    destinations: [{ name: "siem", ...destination }],
    secrets: { "hec-token": "hec-token" },
  });
  cpSync(journal, forwarder.journal, { recursive: true });
  return rateOf(sink, records, async () => {
    await forwarder.start();
    return () => forwarder.stop();
  });
}

async function byPipeline(
  { folder }: BenchStage,
  sink: WorkerProcess<SinkCalls>,
  { records, lines }: Backlog,
  exporter: Exporter,
  round: number,
): Promise<number> {
  const own = join(folder, `${exporter.name} ${round}`);
  mkdirSync(own);
  return rateOf(sink, records, async () => runPipeline(own, lines, exporter));
}

/** Records a second between the first and the last that came, while something delivers them that is stopped then. */
async function rateOf(
  sink: WorkerProcess<SinkCalls>,
  records: number,
  start: () => Promise<() => Promise<unknown>>,
): Promise<number> {
  await sink.call("countAfresh", undefined);
  const stop = await start();
  try {
    let taken: Taken | undefined;
    await until(`${records} records have come`, 60 + records / 50, async () => {
      taken = await sink.call("taken", undefined);
      return taken.records >= records;
    });
    const { firstAt, lastAt } = taken!;
    return (records * 1e6) / (lastAt - firstAt);
  } finally {
    await stop();
  }
}
