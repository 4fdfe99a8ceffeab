import type { DestinationConfiguration } from "../../../contract";
import { readFacts } from "../../records/formats/facts";
import { type KeyValue, otelLogRecord } from "../../records/formats/otel";
import type { SecretFiles } from "../../secretFiles";
import type { Batch, Destination, Outcome, OutgoingRecord } from "../destination";
import type { DestinationFactory } from "../factory";
import { HttpClient } from "../overHttp/client";
import { requestHeaders } from "../overHttp/headers";
import { cutParts, deliverParts } from "../parts";
import { outcomeOfReceiver } from "./outcome";
import { encodeLogRecord, encodeRequest } from "./protobuf";

/** How much of an answer is read: it is a few words. Bytes. */
const ANSWER_BYTES = 64 << 10;
const SCOPE = "zitadel-siem";
const LOGS_PATH = "/v1/logs";

/** How many requests may be under way at once, and how many bytes of records one may hold. */
export type RequestLimits = Pick<DestinationConfiguration["batch"], "inFlight" | "maxBytes">;

type OtlpSettings = NonNullable<DestinationConfiguration["otlp"]>;

/**
 * Sends batches to a receiver of OTLP/HTTP (https://opentelemetry.io/docs/specs/otlp/#otlphttp), as protobuf or in
 * its JSON mapping. A whole 2xx answer is the acknowledgement (level `accepted`), but for the records that it says
 * were refused.
 *
 * For JSON records come in the format `otel` and go as they are. For protobuf they come in the format `zitadel`, and
 * LogRecords are made of them here: to write each as JSON first and read it again costs as much as all the rest.
 */
export class OtlpDestination implements Destination {
  readonly kind = "otlp";
  readonly level = "accepted";
  readonly #url: URL;
  readonly #client: HttpClient;

  /**
   * @param addressTrusted whether an address in an event is one that a trusted proxy saw
   * @param instance the id of the ZITADEL instance; undefined while it is not known
   */
  constructor(
    private readonly settings: OtlpSettings,
    private readonly batch: RequestLimits,
    private readonly addressTrusted: boolean,
    private readonly instance: () => string | undefined,
    private readonly secrets: SecretFiles,
    private readonly now: () => number,
  ) {
    this.#url = logsUrl(settings.url);
    this.#client = new HttpClient(settings, batch.inFlight, secrets, ANSWER_BYTES);
  }

  deliver({ records }: Batch, signal: AbortSignal): Promise<Outcome> {
    const resource = resourceOf(this.instance());
    if (this.settings.encoding === "json") return this.#post(records, jsonRequest(resource, records), signal);
    const encoded = new Map(records.map((record) => [record, this.#encode(record)]));
    const bytesOf = (record: OutgoingRecord) => encoded.get(record)!.length;
    return deliverParts(cutParts(records, bytesOf, this.batch.maxBytes), (part) => {
      const logRecords = part.map((record) => encoded.get(record)!);
      return this.#post(part, encodeRequest(resource, SCOPE, logRecords), signal);
    });
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  #encode({ body }: OutgoingRecord): Uint8Array {
    return encodeLogRecord(otelLogRecord(readFacts(body, this.addressTrusted)));
  }

  async #post(records: readonly OutgoingRecord[], body: Buffer, signal: AbortSignal): Promise<Outcome> {
    const { gzip } = this.settings;
    const request = () => ({ url: this.#url, headers: this.#headers(), body, gzip });
    const { answer, failure } = await this.#client.post(request, signal);
    return failure ?? outcomeOfReceiver(answer, records, this.now());
  }

  #headers(): Record<string, string> {
    return {
      ...requestHeaders(this.settings, this.secrets),
      "content-type": this.settings.encoding === "json" ? "application/json" : "application/x-protobuf",
    };
  }
}

export const otlp: DestinationFactory<OtlpSettings> = {
  create: (settings, { batch, addressTrusted, journal, secrets }) =>
    new OtlpDestination(settings, batch, addressTrusted, () => journal.instance(), secrets, Date.now),
  // Protobuf is made of the record itself.
  givenFormat: ({ encoding }) => (encoding === "protobuf" ? "zitadel" : undefined),
};

/** Where logs go, by the receiver's address, as OTEL_EXPORTER_OTLP_ENDPOINT means it, or the whole URL. */
export function logsUrl(address: string): URL {
  const url = new URL(address);
  const path = url.pathname.replace(/\/+$/, "");
  url.pathname = path.endsWith(LOGS_PATH) ? path : path + LOGS_PATH;
  return url;
}

function resourceOf(instance: string | undefined): KeyValue[] {
  const name: KeyValue = { key: "service.name", value: { stringValue: "zitadel" } };
  if (instance === undefined) return [name];
  return [name, { key: "zitadel.instance.id", value: { stringValue: instance } }];
}

/** The records' texts as they are, in the messages around them. */
function jsonRequest(resource: KeyValue[], records: readonly OutgoingRecord[]): Buffer {
  const around = JSON.stringify({
    resourceLogs: [
      { resource: { attributes: resource }, scopeLogs: [{ scope: { name: SCOPE }, logRecords: [] }] },
    ],
  });
  const at = around.lastIndexOf("[]") + 1;
  const texts = records.map(({ body }) => body).join(",");
  return Buffer.from(around.slice(0, at) + texts + around.slice(at));
}
