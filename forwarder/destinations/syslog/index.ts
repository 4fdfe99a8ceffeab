import { rootCertificates } from "node:tls";
import { type DestinationConfiguration, syslogPort } from "../../../components/configuration";
import { checkClientCertificate, readClientCertificate } from "../clientCertificate";
import type { Batch, Destination, Outcome } from "../destination";
import { missingCredential } from "../httpClient";
import { SecretFileError, type SecretFiles } from "../secretFiles";
import { Connection, ConnectionError, type Target } from "./connection";
import { frameRecords } from "./frames";
import { outcomeOfConnection } from "./outcome";

/** So many connections in a row that broke with records on them are no accident. */
const FEW = 3;
/**
 * The least for which a connection lives on before we end it. A receiver that does not want it, for example because
 * of our certificate, may just end it; that must not look as if it had read to our end. Milliseconds.
 */
const LEAST_REST_MILLIS = 1000;
/** A connection takes records for this share of the time for which it must live on afterwards. */
const TAKING_SHARE = 1 / 3;

/**
 * Sends messages of RFC 5424 over TLS (RFC 5425) or TCP (RFC 6587, section 3.4.1), octet-counted.
 *
 * The protocol has no acknowledgement (level `sent`). What is written may still be lost: in a buffer of ours, on
 * the way, in the receiver's socket. So a batch counts once its connection took no more records, lived on for
 * `confirmSeconds`, was then ended by us, and the receiver ended its side too, which it does when it has read to the
 * end. Meanwhile the next connection takes records. Whatever was on a connection that breaks is sent again.
 *
 * - *in doubt*, at first and after each break: a connection is made and ended without a record on it, to see
 *   whether the receiver is there, takes our certificate and ends connections; batches wait for that. After some
 *   breaks in a row it is not made empty but with the one batch, which is then delivered: so a receiver that takes
 *   connections and no records is not sent the same over and over.
 * - *trusting*: batches go at once.
 */
export class SyslogDestination implements Destination {
  readonly kind = "syslog";
  readonly level = "sent";
  readonly #connections = new Set<Connection>();
  #taking?: Promise<Connection>;
  #doubt = true;
  #probe?: Promise<void>;
  #breaks = 0;
  #finishing = false;

  constructor(
    private readonly settings: NonNullable<DestinationConfiguration["syslog"]>,
    private readonly secrets: SecretFiles,
  ) {}

  async deliver({ records }: Batch, signal: AbortSignal): Promise<Outcome> {
    const { writes, refused } = frameRecords(records, this.settings.maxMessageBytes);
    let connection: Connection | undefined;
    try {
      if (writes.length > 0) connection = await this.#send(writes, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof SecretFileError) return missingCredential(error);
      if (error instanceof ConnectionError) return outcomeOfConnection(error);
      throw error;
    }
    const arrival = connection?.arrival;
    if (refused.size === 0) return { kind: "acknowledged", arrival };
    return { kind: "divided", refused, retry: { ids: new Set(), reason: "" }, arrival };
  }

  finish(): void {
    this.#finishing = true;
    this.#taking = undefined;
    for (const connection of this.#connections) connection.retire(this.#leastRestMillis);
  }

  async close(): Promise<void> {
    for (const connection of this.#connections) connection.giveUp();
    await Promise.all([...this.#connections].map(({ arrival }) => arrival));
  }

  /** Resolves when the bytes have left: to what they are on, or to undefined when they have arrived already. */
  async #send(writes: readonly Buffer[], signal: AbortSignal): Promise<Connection | undefined> {
    while (this.#doubt) {
      if (this.#probe) await this.#probe;
      else {
        const carries = this.#breaks >= FEW;
        this.#probe = this.#try(carries ? writes : [], signal).finally(() => {
          this.#probe = undefined;
        });
        await this.#probe;
        if (carries) return undefined;
      }
    }
    this.#taking ??= this.#takingConnection(signal);
    const connection = await this.#taking;
    await connection.write(writes);
    if (this.#finishing) connection.retire(this.#leastRestMillis);
    return connection;
  }

  /** Makes a connection with these bytes, or none, and ends it. Rejects with what keeps it from its end. */
  async #try(writes: readonly Buffer[], signal: AbortSignal): Promise<void> {
    const connection = await this.#connect(signal);
    if (writes.length > 0) await connection.write(writes);
    connection.retire(this.#leastRestMillis);
    await connection.arrival;
    if (connection.failure) throw connection.failure;
    this.#doubt = false;
  }

  /** The connection that takes records for a while. */
  async #takingConnection(signal: AbortSignal): Promise<Connection> {
    const restMillis = this.settings.confirmSeconds * 1000;
    try {
      const connection = await this.#connect(signal);
      const retire = setTimeout(() => {
        this.#taking = undefined;
        connection.retire(restMillis);
      }, restMillis * TAKING_SHARE);
      void connection.arrival.then((arrived) => {
        clearTimeout(retire);
        if (arrived) this.#breaks = 0;
        else this.#broke();
      });
      return connection;
    } catch (error) {
      this.#broke();
      throw error;
    }
  }

  /** Connections that break together count once. */
  #broke(): void {
    this.#taking = undefined;
    if (!this.#doubt) this.#breaks += 1;
    this.#doubt = true;
  }

  get #leastRestMillis(): number {
    return Math.min(LEAST_REST_MILLIS, this.settings.confirmSeconds * 1000);
  }

  async #connect(signal: AbortSignal): Promise<Connection> {
    const connection = await Connection.open(this.#target(), signal);
    this.#connections.add(connection);
    void connection.arrival.then(() => this.#connections.delete(connection));
    return connection;
  }

  /** Read anew for each connection, so that changed credentials are used by the next. */
  #target(): Target {
    const { caFile, clientCertificate, serverName, timeoutSeconds } = this.settings;
    const url = new URL(this.settings.url);
    const authority = caFile === undefined ? undefined : this.secrets.read(caFile);
    const own = clientCertificate && readClientCertificate(clientCertificate, this.secrets);
    if (own && clientCertificate) checkClientCertificate(own, clientCertificate);
    return {
      host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
      port: syslogPort(url)!,
      tls:
        url.protocol === "tls:"
          ? {
              ca: authority === undefined ? undefined : [...rootCertificates, authority],
              ...own,
              servername: serverName,
            }
          : undefined,
      timeoutMillis: timeoutSeconds * 1000,
    };
  }
}
