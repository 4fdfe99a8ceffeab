import * as z from "zod";
import type { DestinationConfiguration } from "../../../contract";
import { sleep } from "../../concurrency/waiting";
import type { SecretFiles } from "../../secretFiles";
import type { Batch, Destination, Outcome, OutgoingRecord } from "../destination";
import type { DestinationFactory } from "../factory";
import { type Exchange, HttpClient } from "../overHttp/client";
import { cutParts, deliverParts } from "../parts";
import { type Channel, Channels } from "./channels";
import { CircuitBreaker } from "./circuitBreaker";
import { outcomeOfCollector, readReply } from "./outcome";
import { collectorUrls, eventText } from "./request";

/** The largest body of a request before compression; Splunk Cloud refuses much more. Bytes. */
const MOST_BYTES = 1.5 * (1 << 20);
/** How much of an answer is read: it is a few words. Bytes. */
const ANSWER_BYTES = 64 << 10;
/** The first pause between two questions for an acknowledgement, and the longest. Milliseconds. */
const FIRST_POLL_MILLIS = 50;
const LONGEST_POLL_MILLIS = 5_000;

/** What the HTTP Event Collector answers about acknowledgements: `{"acks":{"3":true}}`. */
const acknowledgements = z.object({ acks: z.record(z.string(), z.boolean()) });

type SplunkSettings = NonNullable<DestinationConfiguration["splunk"]>;

/**
 * Sends batches to Splunk's HTTP Event Collector
 * (https://docs.splunk.com/Documentation/Splunk/latest/Data/HECRESTendpoints).
 *
 * A whole 2xx answer says that Splunk has received a batch (level `accepted`). With indexer acknowledgement
 * (https://docs.splunk.com/Documentation/Splunk/latest/Data/AboutHECIDXAck, level `indexed`) that answer holds an
 * id, which is asked for until Splunk says that the batch is indexed. It says so once and forgets the id; it
 * never says so of what it lost in a restart: after a time the batch is sent again.
 */
export class SplunkDestination implements Destination {
  readonly kind = "splunk";
  readonly level;
  readonly #urls: ReturnType<typeof collectorUrls>;
  readonly #client: HttpClient;
  readonly #channels: Channels;
  readonly #breaker = new CircuitBreaker();

  /** @param name the destination's; with the journal's id it makes the channels' ids */
  constructor(
    private readonly settings: SplunkSettings,
    connections: number,
    { name, journalId }: { name: string; journalId: string },
    private readonly secrets: SecretFiles,
    private readonly now: () => number,
  ) {
    this.level = settings.acknowledgement ? ("indexed" as const) : ("accepted" as const);
    this.#urls = collectorUrls(settings.url);
    this.#client = new HttpClient(settings, connections, secrets, ANSWER_BYTES);
    this.#channels = new Channels(journalId, name);
  }

  deliver(batch: Batch, signal: AbortSignal): Promise<Outcome> {
    const texts = new Map(batch.records.map((record) => [record, eventText(record, this.settings)]));
    const bytesOf = (record: OutgoingRecord) => Buffer.byteLength(texts.get(record)!);
    return deliverParts(cutParts(batch.records, bytesOf, MOST_BYTES), (records) => {
      const body = Buffer.from(records.map((record) => texts.get(record)).join("\n"));
      return this.settings.acknowledgement
        ? this.#deliverAcknowledged(records, body, signal)
        : this.#deliverAccepted(records, body, signal);
    });
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #deliverAccepted(
    records: readonly OutgoingRecord[],
    body: Buffer,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { answer, failure } = await this.#post(this.#urls.events, body, {}, signal);
    return failure ?? outcomeOfCollector(answer, records, this.now());
  }

  #deliverAcknowledged(
    records: readonly OutgoingRecord[],
    body: Buffer,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const work = async (channel: Channel): Promise<Outcome> => {
      const { answer, failure } = await this.#post(this.#urls.events, body, channel.headers(), signal);
      if (failure) return failure;
      channel.keep(answer.cookies);
      const outcome = outcomeOfCollector(answer, records, this.now());
      if (outcome.kind !== "acknowledged") return outcome;
      const { ackId } = readReply(answer.text);
      const end = ackId === undefined ? withoutId : await this.#acknowledgement(ackId, channel, signal);
      return this.#breaker.judge(end);
    };
    return this.#breaker.pass(() => this.#channels.use(work), signal);
  }

  /** Asks for an acknowledgement until it is there or it is too late for one. */
  async #acknowledgement(ackId: number, channel: Channel, signal: AbortSignal): Promise<Outcome> {
    const { acknowledgementTimeoutSeconds: seconds } = this.settings;
    const end = this.now() + seconds * 1000;
    const url = new URL(this.#urls.acknowledgements);
    url.searchParams.set("channel", channel.id);
    const body = Buffer.from(JSON.stringify({ acks: [ackId] }));
    for (let pause = FIRST_POLL_MILLIS; ; pause = Math.min(2 * pause, LONGEST_POLL_MILLIS)) {
      const left = end - this.now();
      if (left <= 0) break;
      await sleep(Math.min(pause, left), signal);
      const { answer, failure } = await this.#post(url, body, channel.headers(), signal);
      const outcome = failure ?? outcomeOfCollector(answer, [], this.now());
      if (outcome.kind === "fault") return outcome;
      if (!answer || outcome.kind !== "acknowledged") continue;
      channel.keep(answer.cookies);
      if (isAcknowledged(answer.text, ackId)) return outcome;
    }
    return {
      kind: "retry",
      reason: `took the batch and did not acknowledge within ${seconds} s that it is indexed`,
    };
  }

  #post(url: URL, body: Buffer, headers: Record<string, string>, signal: AbortSignal): Promise<Exchange> {
    const { token, gzip } = this.settings;
    const request = () => ({
      url,
      headers: {
        "content-type": "application/json",
        authorization: `Splunk ${this.secrets.read(token)}`,
        ...headers,
      },
      body,
      gzip: gzip && url === this.#urls.events,
    });
    return this.#client.post(request, signal);
  }
}

export const splunk: DestinationFactory<SplunkSettings> = {
  create: (settings, { name, journal, batch, secrets }) =>
    new SplunkDestination(settings, batch.inFlight, { name, journalId: journal.id }, secrets, Date.now),
};

const withoutId: Outcome = {
  kind: "fault",
  reason: "took the batch without an id to ask for its acknowledgement",
  remedy: "enable indexer acknowledgement for the token, or set acknowledgement to false",
};

function isAcknowledged(text: string, ackId: number): boolean {
  try {
    return acknowledgements.parse(JSON.parse(text)).acks[ackId] === true;
  } catch {
    return false;
  }
}
