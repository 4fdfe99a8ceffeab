import type { ConfigurationInput } from "../../contract";
import { switchedOff } from "../../contract/destinations/exporters";
import { collectorHealthPort } from "./workload";

/**
 * The Collector's configuration, JSON text, which is YAML too: for each destination a receiver on loopback and a
 * pipeline without a processor and with one exporter, so that what the receiver answers is what this exporter says.
 * Undefined when no destination needs a Collector.
 */
export function collectorConfiguration({ destinations }: ConfigurationInput): string | undefined {
  const parts = destinations.flatMap(({ name, collector }) => {
    const [exporter] = Object.entries(collector?.exporter ?? {});
    return collector && exporter
      ? [{ name, port: collector.port, type: exporter[0], given: exporter[1] }]
      : [];
  });
  if (parts.length === 0) return undefined;
  const each = <T>(of: (part: (typeof parts)[number]) => [string, T]) => Object.fromEntries(parts.map(of));
  const configuration = {
    extensions: { health_check: { endpoint: `0.0.0.0:${collectorHealthPort}` } },
    receivers: each(({ name, port }) => [
      `otlp/${name}`,
      { protocols: { http: { endpoint: `127.0.0.1:${port}` } } },
    ]),
    exporters: each(({ name, type, given }) => [
      `${type}/${name}`,
      { ...(given as object), ...switchedOff(type) },
    ]),
    service: {
      extensions: ["health_check"],
      pipelines: each(({ name, type }) => [
        `logs/${name}`,
        { receivers: [`otlp/${name}`], exporters: [`${type}/${name}`] },
      ]),
      telemetry: { metrics: { level: "none" }, logs: { level: "warn", encoding: "json" } },
    },
  };
  return `${JSON.stringify(configuration, undefined, 2)}\n`;
}
