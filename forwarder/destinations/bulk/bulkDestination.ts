import type { DestinationConfiguration, RecordFormat } from "../../../contract";
import type { SecretFiles } from "../../secretFiles";
import type { Batch, Destination, Outcome } from "../destination";
import type { DestinationFactory } from "../factory";
import { type Exchange, HttpClient } from "../overHttp/client";
import { authorization } from "../overHttp/headers";
import { outcomeOfBulk } from "./outcome";
import { apiUrl, bulkUrl, documentLines } from "./request";
import { type BulkKind, indexTemplate, outcomeOfPut, templateName, templateStep } from "./template";

/** How much of an answer is read: that about 10,000 documents, each with why it was refused. Bytes. */
const ANSWER_BYTES = 16 << 20;

type BulkSettings = NonNullable<DestinationConfiguration[BulkKind]>;

/**
 * Sends batches to Elasticsearch or OpenSearch by their bulk API, each record as a document to be created with the
 * record's id. Each document is judged by itself; the answer comes when they are stored (level `indexed`).
 * Before the first batch the index template is seen to.
 */
export class BulkDestination implements Destination {
  readonly level = "indexed";
  readonly #url: URL;
  readonly #client: HttpClient;
  /** Seeing to the template, while and after it succeeds: undefined is what is wrong then. */
  #template?: Promise<Outcome | undefined>;

  constructor(
    readonly kind: BulkKind,
    private readonly settings: BulkSettings,
    private readonly format: RecordFormat,
    connections: number,
    private readonly secrets: SecretFiles,
    private readonly now: () => number,
  ) {
    this.#url = bulkUrl(settings.url);
    this.#client = new HttpClient(settings, connections, secrets, ANSWER_BYTES);
  }

  async deliver({ records }: Batch, signal: AbortSignal): Promise<Outcome> {
    const wrong = await this.#seeToTemplate(signal);
    if (wrong) return wrong;
    const text = records.map((record) => documentLines(record, this.settings.target)).join("");
    const { answer, failure } = await this.#send("POST", this.#url, text, signal);
    return failure ?? outcomeOfBulk(answer, records, this.now());
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  /** Once for all batches, and again after it failed. */
  async #seeToTemplate(signal: AbortSignal): Promise<Outcome | undefined> {
    const { template } = this.settings;
    if (template === "none") return undefined;
    this.#template ??= this.#askAndPut(template, signal);
    const current = this.#template;
    const forget = () => {
      if (this.#template === current) this.#template = undefined;
    };
    try {
      const wrong = await current;
      if (wrong) forget();
      return wrong;
    } catch (error) {
      forget();
      throw error;
    }
  }

  async #askAndPut(setting: "install" | "check", signal: AbortSignal): Promise<Outcome | undefined> {
    const { url: address, target } = this.settings;
    const url = apiUrl(address, `/_index_template/${templateName(target)}`);
    const asked = await this.#send("GET", url, undefined, signal);
    const next = templateStep(asked, setting, this.format, target, this.now());
    if (next.step !== "put") return next.step === "stop" ? next.outcome : undefined;
    const template = JSON.stringify(indexTemplate(this.kind, this.format, target));
    return outcomeOfPut(await this.#send("PUT", url, template, signal), this.now());
  }

  #send(
    method: "GET" | "PUT" | "POST",
    url: URL,
    text: string | undefined,
    signal: AbortSignal,
  ): Promise<Exchange> {
    const request = () => ({
      url,
      headers: {
        ...(text !== undefined && {
          "content-type": method === "POST" ? "application/x-ndjson" : "application/json",
        }),
        ...authorization(this.settings, this.secrets),
      },
      body: text === undefined ? undefined : Buffer.from(text),
      gzip: this.settings.gzip,
    });
    return this.#client.send(method, request, signal);
  }
}

/** The two differ in their index template alone. */
const bulk = (kind: BulkKind): DestinationFactory<BulkSettings> => ({
  create: (settings, { format, batch, secrets }) =>
    new BulkDestination(kind, settings, format, batch.inFlight, secrets, Date.now),
});

export const elasticsearch = bulk("elasticsearch");
export const opensearch = bulk("opensearch");
