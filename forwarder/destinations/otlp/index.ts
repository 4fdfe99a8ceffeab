import type { DestinationConfiguration } from "../../../components/configuration";
import type { KeyValue, OtelLogRecord } from "../../records/formats/otel";
import type { Batch, Destination, Outcome, OutgoingRecord } from "../destination";
import { HttpClient } from "../httpClient";
import { requestHeaders } from "../requestHeaders";
import type { SecretFiles } from "../secretFiles";
import { outcomeOfReceiver } from "./outcome";
import { encodeRequest } from "./protobuf";

/** How much of an answer is read: it is a few words. Bytes. */
const ANSWER_BYTES = 64 << 10;
const SCOPE = "zitadel-siem";
const LOGS_PATH = "/v1/logs";

/**
 * Sends batches to a receiver of OTLP/HTTP (https://opentelemetry.io/docs/specs/otlp/#otlphttp), as protobuf or in
 * its JSON mapping; records come in the format `otel`. A whole 2xx answer is the acknowledgement (level
 * `accepted`), but for the records that it says were refused.
 */
export class OtlpDestination implements Destination {
  readonly kind = "otlp";
  readonly level = "accepted";
  readonly #url: URL;
  readonly #client: HttpClient;

  /** @param instance the id of the ZITADEL instance; undefined while it is not known */
  constructor(
    private readonly settings: NonNullable<DestinationConfiguration["otlp"]>,
    connections: number,
    private readonly instance: () => string | undefined,
    private readonly secrets: SecretFiles,
    private readonly now: () => number,
  ) {
    this.#url = logsUrl(settings.url);
    this.#client = new HttpClient(settings, connections, secrets, ANSWER_BYTES);
  }

  async deliver({ records }: Batch, signal: AbortSignal): Promise<Outcome> {
    const { encoding, gzip } = this.settings;
    const encode = encoding === "json" ? jsonRequest : protobufRequest;
    const body = encode(resourceOf(this.instance()), records);
    const request = () => ({ url: this.#url, headers: this.#headers(), body, gzip });
    const { answer, failure } = await this.#client.post(request, signal);
    return failure ?? outcomeOfReceiver(answer, records, this.now());
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  #headers(): Record<string, string> {
    return {
      ...requestHeaders(this.settings, this.secrets),
      "content-type": this.settings.encoding === "json" ? "application/json" : "application/x-protobuf",
    };
  }
}

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

function protobufRequest(resource: KeyValue[], records: readonly OutgoingRecord[]): Buffer {
  const logRecords = records.map(({ body }) => JSON.parse(body) as OtelLogRecord);
  return Buffer.from(encodeRequest(resource, SCOPE, logRecords));
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
