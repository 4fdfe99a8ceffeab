import { rootCertificates } from "node:tls";
import type { DestinationConfiguration } from "../../../contract";
import { syslogPort } from "../../../contract/destinations/syslog";
import { SecretFileError, type SecretFiles } from "../../secretFiles";
import { checkCertificate, readCertificate } from "../../tls/certificate";
import type { Batch, Destination, Outcome } from "../destination";
import type { DestinationFactory } from "../factory";
import { missingCredential } from "../overHttp/client";
import { Connection, ConnectionError, connectionErrors, type Target } from "./connection";
import { frameRecords } from "./frames";
import { syslogMessage } from "./message";
import { outcomeOfConnection } from "./outcome";
import { SendWindow } from "./sendWindow";

/** So many connections in a row that broke with records on them are no accident. */
const THRESHOLD = 3;
/**
 * The least for which a connection lives on before we end it. A receiver that does not want it, for example because
 * of our certificate, may just end it; that must not look as if it had read to our end. Milliseconds.
 */
const LEAST_REST_MILLIS = 1000;
/** A connection takes records for this share of the time for which it must live on afterwards. */
const TAKING_SHARE = 1 / 3;

type SyslogSettings = NonNullable<DestinationConfiguration["syslog"]>;

/**
 * Sends messages of RFC 5424 over TLS (RFC 5425) or TCP (RFC 6587, section 3.4.1), octet-counted.
 *
 * The protocol has no acknowledgement (level `sent`). What is written may still be lost: in a buffer of ours, on
 * the way, in the receiver's socket. So a batch counts once its connection took no more records, lived on for
 * `confirmSeconds`, was then ended by us, and the receiver ended its side too, which it does when it has read to the
 * end. Meanwhile the next connection takes records. Whatever was on a connection that breaks is sent again.
 *
 * Its circuit breaker is
 * - *half-open*, at first and after each break: a probe, a connection without a record on it, is made and ended, to see
 *   whether the receiver is there, takes our certificate and ends connections; batches wait for that. After some
 *   breaks in a row the probe is not empty but carries one batch, which is then delivered: so a receiver that takes
 *   connections and no records is not sent the same over and over.
 * - *closed*, after a probe that came to its end: batches go at once, as long as the send window admits them: buffers on the way may hold more than
 *   a slow receiver reads in the time that a connection has. Batches that do not fit wait, and the connection that
 *   takes records then takes no more, so that it comes to its end.
 */
export class SyslogDestination implements Destination {
  readonly kind = "syslog";
  readonly level = "sent";
  readonly #connections = new Set<Connection>();
  readonly #window = new SendWindow();
  #taking?: Promise<Connection>;
  /** Until the connection that takes records takes no more. */
  #takingTimer?: NodeJS.Timeout;
  #halfOpen = true;
  #probe?: Promise<void>;
  #breaks = 0;
  #finishing = false;

  constructor(
    private readonly settings: SyslogSettings,
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
    this.#forgetTaking();
    for (const connection of this.#connections) connection.retire(this.#leastRestMillis);
  }

  async close(): Promise<void> {
    for (const connection of this.#connections) connection.giveUp();
    await Promise.all([...this.#connections].map(({ arrival }) => arrival));
  }

  /** Resolves when the bytes have left: to what they are on, or to undefined when they have arrived already. */
  async #send(writes: readonly Buffer[], signal: AbortSignal): Promise<Connection | undefined> {
    const bytes = writes.reduce((total, { length }) => total + length, 0);
    for (;;) {
      if (this.#probe) await this.#probe;
      else if (this.#halfOpen) {
        const carries = this.#breaks >= THRESHOLD;
        this.#probe = this.#sendProbe(carries ? writes : [], signal).finally(() => {
          this.#probe = undefined;
        });
        await this.#probe;
        if (carries) return undefined;
      } else if (this.#window.admits(bytes)) break;
      else {
        this.#retire();
        await this.#window.change(signal);
      }
    }
    const connection = await this.#takeFor(bytes, signal);
    await connection.write(writes);
    if (this.#finishing) connection.retire(this.#leastRestMillis);
    return connection;
  }

  /** The connection for so many bytes, which are on their way from now on. */
  async #takeFor(bytes: number, signal: AbortSignal): Promise<Connection> {
    this.#window.add(bytes);
    try {
      this.#taking ??= this.#takingConnection(signal);
      const connection = await this.#taking;
      void connection.arrival.then(() => this.#window.release(bytes));
      return connection;
    } catch (error) {
      this.#window.release(bytes);
      throw error;
    }
  }

  /** Makes a connection with these bytes, or none, and ends it. Rejects with what keeps it from its end. */
  async #sendProbe(writes: readonly Buffer[], signal: AbortSignal): Promise<void> {
    const connection = await this.#connect(signal);
    if (writes.length > 0) await connection.write(writes);
    connection.retire(this.#leastRestMillis);
    await connection.arrival;
    if (connection.failure) throw connection.failure;
    this.#halfOpen = false;
  }

  /** The connection that takes records for a while. */
  async #takingConnection(signal: AbortSignal): Promise<Connection> {
    try {
      const connection = await this.#connect(signal);
      clearTimeout(this.#takingTimer);
      this.#takingTimer = setTimeout(() => this.#retire(), this.#restMillis * TAKING_SHARE);
      void connection.arrival.then((arrived) => {
        if (!arrived) return this.#broke(connection.failure?.code);
        this.#breaks = 0;
        if (connection.prompt) this.#window.grow();
      });
      return connection;
    } catch (error) {
      this.#broke();
      throw error;
    }
  }

  /** The connection that takes records takes no more. */
  #retire(): void {
    const taking = this.#forgetTaking();
    taking?.then(
      (connection) => connection.retire(this.#restMillis),
      () => undefined,
    );
  }

  #forgetTaking(): Promise<Connection> | undefined {
    clearTimeout(this.#takingTimer);
    const taking = this.#taking;
    this.#taking = undefined;
    return taking;
  }

  /** Connections that break together count once. */
  #broke(code?: string): void {
    this.#retire();
    if (this.#halfOpen) return;
    this.#halfOpen = true;
    this.#breaks += 1;
    if (code === connectionErrors.notEnded || code === connectionErrors.slow) this.#window.shrink();
  }

  get #restMillis(): number {
    return this.settings.confirmSeconds * 1000;
  }

  get #leastRestMillis(): number {
    return Math.min(LEAST_REST_MILLIS, this.#restMillis);
  }

  async #connect(signal: AbortSignal): Promise<Connection> {
    const connection = await Connection.open(this.#target(), signal);
    this.#connections.add(connection);
    void connection.arrival.then(() => this.#connections.delete(connection));
    return connection;
  }

  /** Read again for each connection, so that changed credentials are used by the next. */
  #target(): Target {
    const { ca, clientCertificate, serverName, timeoutSeconds } = this.settings;
    const url = new URL(this.settings.url);
    const authority = ca === undefined ? undefined : this.secrets.read(ca);
    const own = clientCertificate && readCertificate(clientCertificate, this.secrets);
    if (own && clientCertificate) checkCertificate(own, clientCertificate);
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

export const syslog: DestinationFactory<SyslogSettings> = {
  create: (settings, { secrets }) => new SyslogDestination(settings, secrets),
  envelope(settings, hostName) {
    const header = { ...settings, hostName };
    return (facts, text) => syslogMessage(facts, text, header);
  },
};
