import { spawn } from "node:child_process";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { collectorPath } from "../../tools/collector/ensureCollector";
import type { Pipeline } from "./genericPipeline";

/** An exporter of the OpenTelemetry Collector: its name and its settings in the Collector's own configuration. */
export interface Exporter {
  name: string;
  settings: object;
}

/** An OpenTelemetry Collector with a receiver of files, and an exporter with its own defaults and a queue on disk. */
export const collectorPipeline =
  ({ name, settings }: Exporter): Pipeline =>
  (folder, lines) => {
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
    return child;
  };
