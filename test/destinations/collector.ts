import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { collectorPath } from "../../tools/collector/ensureCollector";
import { until } from "../completeness/stage";
import { freePort, listens } from "./ports";

/** A LogRecord as the file exporter writes it: the JSON mapping of OTLP. */
export interface StoredLogRecord {
  timeUnixNano: string;
  eventName?: string;
  attributes?: { key: string; value: { stringValue?: string } }[];
  body?: Record<string, unknown>;
}

interface StoredRequest {
  resourceLogs: { resource: object; scopeLogs: { logRecords: StoredLogRecord[] }[] }[];
}

/** An OpenTelemetry Collector as a process: a receiver, no queue, and a file with what it took. */
export class Collector {
  #child?: ChildProcess;
  starts = 0;

  private constructor(
    private readonly folder: string,
    readonly port: number,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  /** @param receiver its name and settings without an endpoint, as in the Collector's own configuration */
  static async start(
    folder: string,
    receiver: "splunk_hec" | "otlp",
    extensions: object = {},
  ): Promise<Collector> {
    const port = await freePort();
    const endpoint = `127.0.0.1:${port}`;
    const settings = {
      splunk_hec: {
        endpoint,
        ...("ack" in extensions && { ack: { extension: "ack", path: "/services/collector/ack" } }),
      },
      otlp: { protocols: { http: { endpoint } } },
    };
    const configuration = {
      extensions,
      receivers: { [receiver]: settings[receiver] },
      // With rotation each request is written at once, without it up to a second later: a kill would lose it.
      exporters: { file: { path: join(folder, "received.ndjson"), rotation: { max_megabytes: 10_000 } } },
      service: {
        extensions: Object.keys(extensions),
        pipelines: { logs: { receivers: [receiver], exporters: ["file"] } },
        telemetry: { metrics: { level: "none" }, logs: { level: "warn" } },
      },
    };
    return Collector.with(folder, port, JSON.stringify(configuration));
  }

  /**
   * @param port one at which the configuration makes it listen
   * @param environment variables that the configuration refers to
   */
  static async with(
    folder: string,
    port: number,
    configuration: string,
    environment: NodeJS.ProcessEnv = {},
  ): Promise<Collector> {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "collector.yaml"), configuration);
    const collector = new Collector(folder, port, environment);
    await collector.run();
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts the process; resolves when it listens. */
  async run(): Promise<void> {
    const log = openSync(join(this.folder, "collector.log"), "a");
    const arguments_ = ["--config", join(this.folder, "collector.yaml")];
    this.#child = spawn(collectorPath(), arguments_, {
      env: { ...process.env, ...this.environment },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    this.starts += 1;
    await until(
      "the Collector listens",
      60,
      () => this.#listens(),
      () => this.log(),
    );
  }

  #listens(): Promise<boolean> {
    if (this.#child?.exitCode != null) throw new Error(`the Collector has ended: ${this.log()}`);
    return listens(this.port);
  }

  /** Ends the process at once. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await exited;
  }

  log(): string {
    return readFileSync(join(this.folder, "collector.log"), "utf8").slice(-2000);
  }

  /** Every LogRecord that was stored. */
  stored(name = "received.ndjson"): StoredLogRecord[] {
    const file = join(this.folder, name);
    return existsSync(file) ? logRecordsIn(readFileSync(file, "utf8")) : [];
  }
}

/**
 * The LogRecords of requests in the JSON mapping of OTLP, one a line. A request that was cut short is none; one that
 * was written behind it, on the same line, is one.
 */
export function logRecordsIn(lines: string): StoredLogRecord[] {
  return lines
    .split(betweenRequests)
    .flatMap((text) => requestsIn(text))
    .flatMap(({ resourceLogs }) => resourceLogs)
    .flatMap(({ scopeLogs }) => scopeLogs)
    .flatMap(({ logRecords }) => logRecords);
}

/**
 * Between two requests. The file exporter writes a request and the end of its line one after the other: a kill leaves
 * a part of a request, or all of it, without that end, and the Collector that is started next appends to the line.
 * How a request begins cannot stand within another: its quotes would be escaped there.
 */
const betweenRequests = /\n|(?=\{"resourceLogs":)/;

function requestsIn(text: string): StoredRequest[] {
  try {
    return [JSON.parse(text) as StoredRequest];
  } catch {
    return [];
  }
}

/** A text attribute of a LogRecord. */
export function attribute({ attributes = [] }: StoredLogRecord, name: string): string | undefined {
  return attributes.find(({ key }) => key === name)?.value.stringValue;
}
