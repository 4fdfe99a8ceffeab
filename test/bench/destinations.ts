import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { formatMicros } from "../../forwarder/records/micros";
import { ensureCollector } from "../../tools/collector/ensureCollector";
import { ensureRsyslog } from "../../tools/rsyslog/rsyslog";
import { selfSigned } from "../completeness/certificates";
import { startSidecar } from "../destinations/sidecar";
import { type BenchStage, onStage, RECEIVER_MILLIS, until } from "./benchStage";
import { loadHistory } from "./catchUp";
import { HOST_NAME, type Kind, kinds, type Sinks, secretsOf } from "./destinationKinds";
import type { Figure, Measurement } from "./figure";
import { endPipeline, type Pipeline } from "./genericPipeline";
import type { SinkCalls, Taken } from "./sinkProcess";
import { WorkerProcess } from "./workerProcess";

/** Records and where they are: a forwarder's journal, and the lines of a file. */
interface Backlog {
  records: number;
  journal: string;
  lines: string;
}

/**
 * How fast one lane delivers what its journal holds to a destination that takes 25 ms for each answer, by kind; and a
 * generic pipeline, an OpenTelemetry Collector or a rsyslog that reads the same records from a file and keeps what it
 * has not delivered on disk, too. A rate is that of the records that come, between the first and the last.
 */
export function destinations({ events, rounds }: { events: number; rounds: number }): Measurement {
  return {
    name: "destinations",
    run: (say) =>
      onStage({ commitDelay: 0 }, async (stage) => {
        await ensureCollector(say);
        ensureRsyslog();
        const sink = WorkerProcess.start<SinkCalls>("sinkProcess");
        try {
          const sinks = await startSinks(sink);
          say(`filling a journal with ${events} events`);
          const backlog = await fill(stage, events);
          const rates = new Map<string, number[]>();
          for (let round = 1; round <= rounds; round++)
            for (const [name, kind] of Object.entries(kinds)) {
              const add = (what: string, rate: number) => {
                rates.set(what, [...(rates.get(what) ?? []), rate]);
                say(`round ${round} of ${rounds}: ${what}: ${rate.toFixed(0)} records/s`);
              };
              const run = { stage, sink, sinks, backlog, folder: `${name} ${round}` };
              add(name, await byForwarder(run, kind));
              const pipeline = kind.pipeline?.(sinks);
              if (pipeline) add(pipelineOf(name), await byPipeline(run, pipeline));
            }
          return figures(rates);
        } finally {
          await sink.end();
        }
      }),
  };
}

async function startSinks(sink: WorkerProcess<SinkCalls>): Promise<Sinks> {
  const certificate = selfSigned(HOST_NAME, `DNS:${HOST_NAME}`);
  const latency = RECEIVER_MILLIS;
  return {
    url: await sink.call("start", { latency }),
    syslogPort: await sink.call("startSyslog", { latency, ...certificate }),
    certificate,
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

/** One reading of the backlog. */
interface Run {
  stage: BenchStage;
  sink: WorkerProcess<SinkCalls>;
  sinks: Sinks;
  backlog: Backlog;
  /** The name of a new folder. */
  folder: string;
}

async function byForwarder({ stage, sink, sinks, backlog, folder }: Run, kind: Kind): Promise<number> {
  const exporter = kind.sidecar?.(sinks);
  const sidecar =
    exporter &&
    (await startSidecar(join(stage.folder, `${folder}, sidecar`), {
      siem: { [exporter.name]: exporter.settings },
    }));
  try {
    const forwarder = stage.forwarder(folder, "beginning", {
      destinations: [{ name: "siem", ...kind.destination(sinks, sidecar?.ports.siem ?? 0) }],
      secrets: secretsOf(sinks),
    });
    cpSync(backlog.journal, forwarder.journal, { recursive: true });
    return await rateOf(sink, backlog.records, async () => {
      await forwarder.start();
      return () => forwarder.stop();
    });
  } finally {
    await sidecar?.collector.kill();
  }
}

function byPipeline({ stage, sink, backlog, folder }: Run, start: Pipeline): Promise<number> {
  const own = join(stage.folder, pipelineOf(folder));
  mkdirSync(own);
  return rateOf(sink, backlog.records, async () => {
    const child = start(own, backlog.lines);
    return () => endPipeline(child);
  });
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
