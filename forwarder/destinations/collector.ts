import type { DestinationConfiguration } from "../../components/configuration";
import type { Batch, Destination, Outcome } from "./destination";
import { OtlpDestination } from "./otlp";
import type { SecretFiles } from "./secretFiles";

/**
 * Sends batches to the Collector in the same pod, whose one exporter for this destination says what becomes of them:
 * without a queue and without retries of its own the Collector answers as its exporter does (level `accepted`), 503
 * where sending again may help and 500 where the exporter will never take the records.
 */
export class CollectorDestination implements Destination {
  readonly kind = "collector";
  readonly level = "accepted";
  readonly #receiver: OtlpDestination;

  constructor(
    { port, timeoutSeconds }: NonNullable<DestinationConfiguration["collector"]>,
    connections: number,
    instance: () => string | undefined,
    secrets: SecretFiles,
    now: () => number,
  ) {
    const url = `http://127.0.0.1:${port}`;
    const plain = { encoding: "protobuf", gzip: false, headers: {}, secretHeaderFiles: {} } as const;
    this.#receiver = new OtlpDestination(
      { url, timeoutSeconds, ...plain },
      connections,
      instance,
      secrets,
      now,
    );
  }

  deliver(batch: Batch, signal: AbortSignal): Promise<Outcome> {
    return this.#receiver.deliver(batch, signal);
  }

  close(): Promise<void> {
    return this.#receiver.close();
  }
}
