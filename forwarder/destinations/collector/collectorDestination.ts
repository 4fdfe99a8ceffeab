import type { DestinationConfiguration } from "../../../contract";
import type { SecretFiles } from "../../secretFiles";
import type { Batch, Destination, Outcome } from "../destination";
import type { DestinationFactory } from "../factory";
import { OtlpDestination, type RequestLimits } from "../otlp/otlpDestination";

/** So many single records that are refused one after another, with none taken in between, are not to blame for it. */
const REFUSED_IN_A_ROW = 8;

type CollectorSettings = NonNullable<DestinationConfiguration["collector"]>;

/**
 * Sends batches to the Collector in the same pod, whose one exporter for this destination says what becomes of them:
 * without a queue and without retries of its own the Collector answers as its exporter does (level `accepted`), 503
 * where sending again may help and 500 where the exporter will never take the records.
 *
 * Exporters call a wrong credential or a missing permission permanent too, and say so with the same 500. So when
 * nothing but refusals comes, it is a fault, and no further record is set aside until one is taken.
 */
export class CollectorDestination implements Destination {
  readonly kind = "collector";
  readonly level = "accepted";
  readonly #receiver: OtlpDestination;
  #refusedInARow = 0;

  constructor(
    { port, timeoutSeconds }: CollectorSettings,
    batch: RequestLimits,
    addressTrusted: boolean,
    instance: () => string | undefined,
    secrets: SecretFiles,
    now: () => number,
  ) {
    const url = `http://127.0.0.1:${port}`;
    const plain = { encoding: "protobuf", gzip: false, headers: {}, secretHeaders: {} } as const;
    this.#receiver = new OtlpDestination(
      { url, timeoutSeconds, ...plain },
      batch,
      addressTrusted,
      instance,
      secrets,
      now,
    );
  }

  async deliver(batch: Batch, signal: AbortSignal): Promise<Outcome> {
    const outcome = await this.#receiver.deliver(batch, signal);
    if (outcome.kind === "acknowledged") this.#refusedInARow = 0;
    if (outcome.kind !== "refused") return outcome;
    if (this.#refusedInARow >= REFUSED_IN_A_ROW)
      return {
        kind: "fault",
        reason: `${outcome.reason}, and so for every record`,
        remedy: "correct the exporter's configuration or credential: it takes nothing at all",
      };
    if (batch.records.length === 1) this.#refusedInARow += 1;
    return outcome;
  }

  close(): Promise<void> {
    return this.#receiver.close();
  }
}

export const collector: DestinationFactory<CollectorSettings> = {
  create: (settings, { batch, addressTrusted, journal, secrets }) =>
    new CollectorDestination(settings, batch, addressTrusted, () => journal.instance(), secrets, Date.now),
  // It is sent protobuf, which is made of the record itself.
  givenFormat: () => "zitadel",
};
