import type { IncomingHttpHeaders, Server } from "node:http";
import type { Server as TlsServer } from "node:https";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import type { Configuration } from "../../../contract";
import type { Address } from "../../arguments";
import type { Fault } from "../../fault";
import type { Journal } from "../../journal/journal";
import { ListenerError } from "../../listener";
import { formatMicros } from "../../records/micros";
import type { SecretFiles } from "../../secretFiles";
import type { CertificateAndKey } from "../../tls/certificate";
import {
  createClaimVerifier,
  REMEMBERED_MICROS,
  type VerifyClaim,
  withoutSecret,
} from "../logins/verification";
import type { Source, SourceState } from "../source";
import { TokenBucket } from "../tokenBucket";
import { isUnproven, type Refusal } from "./answer";
import { GroupCommits } from "./groupCommits";
import { type Judgement, judgeLoginCall } from "./judgement";
import { type CertificateFiles, ListenerCertificate } from "./listenerCertificate";
import { createMetrics, type Metrics } from "./metrics";
import { RefusalLog } from "./refusalLog";
import { type Answer, CallsServer } from "./server";
import { judgeTargetCall, TARGET_SIGNATURE } from "./targets";

/** Calls without a right signature that are answered why, a second and at once; the others get 429. */
const UNPROVEN_PER_SECOND = 20;
const UNPROVEN_AT_ONCE = 100;
/** How long calls under way may take once the source stops. Milliseconds. */
const CLOSING_MILLIS = 5_000;

export interface WebhookSourceOptions {
  logins: NonNullable<Configuration["logins"]>;
  /** How many proxies in front of ZITADEL are trusted. */
  trustedProxies: number;
  /** Where to listen; port 0 takes a free one. */
  address: Address;
  secrets: SecretFiles;
  journal: Pick<Journal, "instance" | "commit" | "forgetLoginIdsBefore" | "waitForSpace">;
  logger: Logger;
  registry: Registry;
  /** Milliseconds since 1970. */
  now: () => number;
}

/**
 * The source of login records that come over HTTP: it verifies a call, commits its record to the journal, and only
 * then answers 2xx. It never waits for a destination, since somebody's login waits for the answer.
 *
 * - *starting*: it listens, and refuses calls until it is known whose records the journal holds.
 * - *accepting*: a call that is signed as it must be becomes a record.
 * - *full*: the journal took no record; calls are refused until it has space.
 * - *closing*, on the signal: no new connection is taken, and calls under way may end.
 */
export class WebhookSource implements Source {
  readonly name = "webhook";
  readonly #verify: VerifyClaim;
  readonly #commits: GroupCommits;
  readonly #calls: CallsServer;
  readonly #certificate: ListenerCertificate | undefined;
  readonly #metrics: Metrics;
  readonly #refusals: RefusalLog;
  readonly #unproven = new TokenBucket(UNPROVEN_PER_SECOND, UNPROVEN_AT_ONCE);
  #full = false;
  #stop: AbortSignal | undefined;
  #fail: (error: unknown) => void = () => {};

  constructor(private readonly options: WebhookSourceOptions) {
    const { logins, secrets, journal, logger, registry } = options;
    const { path, tls } = logins.webhook!;
    this.#verify = createClaimVerifier(logins.organizations, secrets);
    this.#commits = new GroupCommits(journal);
    this.#refusals = new RefusalLog(logger);
    this.#calls = new CallsServer({
      path,
      tls: tls !== undefined,
      take: (body, headers) => this.#take(body, headers),
      limit: (refusal) => this.#limit(refusal),
      refused: (refusal) => this.#refused(refusal),
    });
    if (tls) this.#certificate = this.#listenWith(tls);
    this.#metrics = createMetrics(registry, {
      accepting: () => this.ready(),
      connections: () => this.#calls.connections.size,
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    const { server } = this.#calls;
    this.#stop = signal;
    await listen(server, this.options.address);
    this.options.logger.info({ path: this.options.logins.webhook!.path }, "webhook calls are taken");
    const failed = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    try {
      await Promise.race([failed, signal.aborted ? undefined : aborted]);
    } finally {
      await close(server);
    }
  }

  state(): SourceState & { accepting: boolean; connections: number } {
    return { fault: this.#fault(), accepting: this.ready(), connections: this.#calls.connections.size };
  }

  ready(): boolean {
    const listening = this.#calls.server.listening && !this.#stop?.aborted;
    const bound = this.options.journal.instance() !== undefined;
    return listening && !this.#full && bound && this.#certificate?.usable !== false;
  }

  /** The port that it listens on, once it does. */
  port(): number | undefined {
    const bound = this.#calls.server.address();
    return typeof bound === "object" && bound !== null ? bound.port : undefined;
  }

  async #take(body: Buffer, headers: IncomingHttpHeaders): Promise<Answer> {
    const startedAt = performance.now();
    const { journal, now } = this.options;
    const instanceId = journal.instance();
    if (instanceId === undefined) return "starting";
    const nowMicros = now() * 1000;
    const judged = this.#judge(body, headers, instanceId, nowMicros);
    if (judged.refused) return this.#limit(judged.refused);
    if (this.#full) return "journal full";
    const committed = await this.#commits.add(judged.record).catch((error: unknown) => {
      this.#fail(error);
      throw error;
    });
    if (committed === "accepted") {
      journal.forgetLoginIdsBefore(nowMicros - REMEMBERED_MICROS);
      this.#metrics.accepted.inc();
      this.#metrics.answerSeconds.observe((performance.now() - startedAt) / 1000);
    }
    if (committed === "journal full") this.#waitForSpace();
    return committed;
  }

  #judge(body: Buffer, headers: IncomingHttpHeaders, instanceId: string, nowMicros: number): Judgement {
    const { logins, secrets, trustedProxies } = this.options;
    const { targets } = logins.webhook!;
    const context = { instanceId, observedDate: formatMicros(nowMicros) };
    const signature = headers[TARGET_SIGNATURE];
    return typeof signature === "string" && targets.length > 0
      ? judgeTargetCall(body, signature, { targets, secrets }, context, nowMicros)
      : judgeLoginCall(body, this.#verify, { ...context, source: "webhook", trustedProxies }, nowMicros);
  }

  #limit(refusal: Refusal): Refusal {
    return isUnproven(refusal) && !this.#unproven.take(this.options.now()) ? "too many" : refusal;
  }

  #refused(reason: Refusal): void {
    this.#metrics.refused.inc({ reason });
    this.#refusals.note(reason, this.options.now());
  }

  #waitForSpace(): void {
    const { journal, logger } = this.options;
    const stop = this.#stop;
    if (this.#full || !stop) return;
    this.#full = true;
    logger.error({}, "the journal is full: webhook calls are refused until there is space");
    journal.waitForSpace(stop).then(
      () => {
        this.#full = false;
        logger.info({}, "the journal has space again: webhook calls are accepted");
      },
      (error) => stop.aborted || this.#fail(error),
    );
  }

  /** The certificate that the listener shows, looked at before each connection is made. */
  #listenWith(files: CertificateFiles): ListenerCertificate {
    const server = this.#calls.server as TlsServer;
    const use = (certificate: CertificateAndKey) => server.setSecureContext(certificate);
    const certificate = new ListenerCertificate(files, this.options.secrets, use);
    certificate.refresh();
    server.prependListener("connection", () => certificate.refresh());
    return certificate;
  }

  #fault(): Fault | undefined {
    if (this.#full)
      return {
        reason: "the journal is at its limit: webhook calls are refused",
        remedy: "bring the destination back that is furthest behind, or enlarge the volume",
      };
    const { logins, secrets } = this.options;
    const unreadable = withoutSecret(logins.organizations, secrets);
    if (unreadable.length > 0)
      return {
        reason: `no secret of the organization ${unreadable.join(", ")} can be read: its calls are refused`,
        remedy:
          "give the Secret that is mounted as the secrets folder the keys that logins.organizations names",
      };
    this.#certificate?.refresh();
    return this.#certificate?.fault;
  }
}

function listen(server: Server, { host, port }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", ({ code }: NodeJS.ErrnoException) =>
      reject(
        new ListenerError(
          `${host}:${port} cannot be listened on (${code}): free it, or give another address as --webhooks`,
        ),
      ),
    );
    server.listen(port, host, () => resolve());
  });
}

/** Takes no new connection, lets the calls under way end, and closes. */
function close(server: Server): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), CLOSING_MILLIS);
  return new Promise((resolve) => {
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
