import { spawn } from "node:child_process";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { collectorPath } from "../../tools/collector/ensureCollector";

/** An exporter of the OpenTelemetry Collector: its name and its settings in the Collector's own configuration. */
export interface Exporter {
  name: string;
  settings: object;
}

/**
 * Starts an OpenTelemetry Collector that reads a file's lines and exports each as a record, with the exporter's own
 * defaults; where it is in the file and what it has not delivered is kept on disk, as the forwarder keeps it. Resolves
 * with what ends it.
 *
 * @param folder a new one, for its configuration, storage and log
 */
export function runPipeline(
  folder: string,
  lines: string,
  { name, settings }: Exporter,
): () => Promise<void> {
  const configuration = {
    extensions: { file_storage: { directory: join(folder, "storage"), create_directory: true } },
    receivers: { filelog: { include: [lines], start_at: "beginning", storage: "file_storage" } },
    exporters: { [name]: { ...settings, sending_queue: { enabled: true, storage: "file_storage" } } },
    service: {
      extensions: ["file_storage"],
      pipelines: { logs: { receivers: ["filelog"], exporters: [name] } },
      telemetry: { metrics: { level: "none" }, logs: { level: "warn" } },
    },
  };
  const file = join(folder, "collector.yaml");
  writeFileSync(file, JSON.stringify(configuration));
  const log = openSync(join(folder, "collector.log"), "a");
  const child = spawn(collectorPath(), ["--config", file], { stdio: ["ignore", log, log] });
  closeSync(log);
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return () => {
    child.kill("SIGTERM");
    return exited;
  };
}
