import { collectorConfiguration } from "../../components/kubernetes/collectorConfiguration";
import type { ConfigurationInput } from "../../contract";
import { CollectorDestination } from "../../forwarder/destinations/collector/collectorDestination";
import { SecretFiles } from "../../forwarder/secretFiles";
import { Collector } from "./collector";
import { freePort } from "./ports";

/**
 * The Collector beside the forwarder, with the very configuration that the component writes for it, but for the port
 * at which it says that it runs.
 */
export async function startSidecar(
  folder: string,
  exporters: { [destination: string]: object },
  environment: NodeJS.ProcessEnv = {},
) {
  const ports: { [destination: string]: number } = {};
  for (const name of Object.keys(exporters)) ports[name] = await freePort();
  const text = sidecarConfiguration(exporters, ports).replace(
    /0\.0\.0\.0:\d+/,
    `127.0.0.1:${await freePort()}`,
  );
  return { collector: await Collector.with(folder, Object.values(ports)[0]!, text, environment), ports };
}

/** What the component writes for these exporters. */
export function sidecarConfiguration(
  exporters: { [destination: string]: object },
  ports: { [destination: string]: number },
): string {
  const destinations = Object.entries(exporters).map(([name, exporter]) => ({
    name,
    collector: { port: ports[name]!, exporter: exporter as { [type: string]: unknown } },
  }));
  return collectorConfiguration({ destinations } as ConfigurationInput)!;
}

export const destinationAt = (port: number) =>
  new CollectorDestination(
    { port, exporter: {}, environment: {}, files: {}, egressPorts: [], timeoutSeconds: 2 },
    { inFlight: 8, maxBytes: 1 << 20 },
    false,
    () => "17",
    new SecretFiles("."),
    Date.now,
  );
