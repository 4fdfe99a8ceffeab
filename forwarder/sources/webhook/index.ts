import type { Server } from "node:http";
import type { Server as TlsServer } from "node:https";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import type { Configuration } from "../../../contract";
import type { Address } from "../../arguments";
import type { SecretFiles } from "../../destinations/secretFiles";
import type { Journal } from "../../journal/journal";
import { ListenerError } from "../../listener";
import { formatMicros } from "../../records/micros";
import { REMEMBERED_MICROS } from "../logins/remembered";
import { createClaimVerifier, withoutSecret } from "../logins/verification";
import type { Source, SourceState } from "../source";
import { TokenBucket } from "../tokenBucket";
import { isUnproven, type Refusal } from "./answer";
import { GroupCommits } from "./groupCommits";
import { judgeLoginCall } from "./judgement";
import { ListenerCertificate } from "./listenerCertificate";
import { createMetrics } from "./metrics";
import { RefusalLog } from "./refusalLog";
import { type Answer, createCallsServer } from "./server";
import { judgeTargetCall, TARGET_SIGNATURE } from "./targets";

/** Calls without a right signature that are told why, a second and at once; the others get 429. */
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
  journal: Pick<Journal, "instance" | "commit" | "forgetLoginIdsBefore" | "room">;
  logger: Logger;
  registry: Registry;
  /** Milliseconds since 1970. */
  now: () => number;
}

export interface WebhookSource extends Source {
  /** The port that it listens on, once it does. */
  port(): number | undefined;
}

/**
 * The source of login records that come over HTTP: it verifies a call, commits its record to the journal, and only
 * then answers 2xx. It never waits for a destination, since somebody's login waits for the answer.
 *
 * It takes calls once it is known whose records the journal holds, and none while the journal is full.
 */
export function createWebhookSource(options: WebhookSourceOptions): WebhookSource {
  const { logins, trustedProxies, address, secrets, journal, logger, registry, now } = options;
  const { organizations } = logins;
  const { path, targets, tls } = logins.webhook!;
  const verify = createClaimVerifier(organizations, secrets);
  const commits = new GroupCommits(journal);
  const unproven = new TokenBucket(UNPROVEN_PER_SECOND, UNPROVEN_AT_ONCE);
  const refusals = new RefusalLog(logger);
  let full = false;
  let stop: AbortSignal | undefined;
  let fail: (error: unknown) => void = () => {};

  const listening = () => server.listening && !stop?.aborted;
  const ready = () =>
    listening() && !full && journal.instance() !== undefined && certificate?.usable !== false;

  async function take(body: Buffer, headers: Record<string, unknown>): Promise<Answer> {
    const startedAt = performance.now();
    const instanceId = journal.instance();
    if (instanceId === undefined) return "starting";
    const nowMicros = now() * 1000;
    const context = { instanceId, observedDate: formatMicros(nowMicros) };
    const signature = headers[TARGET_SIGNATURE];
    const judged =
      typeof signature === "string" && targets.length > 0
        ? judgeTargetCall(body, signature, { targets, secrets }, context, nowMicros)
        : judgeLoginCall(body, verify, { ...context, source: "webhook", trustedProxies }, nowMicros);
    if (judged.refused) return limit(judged.refused);
    if (full) return "journal full";
    const committed = await commits.add(judged.record).catch((error: unknown) => {
      fail(error);
      throw error;
    });
    if (committed === "accepted") {
      journal.forgetLoginIdsBefore(nowMicros - REMEMBERED_MICROS);
      metrics.accepted.inc();
      metrics.answerSeconds.observe((performance.now() - startedAt) / 1000);
    }
    if (committed === "journal full") waitForRoom();
    return committed;
  }

  const limit = (refusal: Refusal): Refusal =>
    isUnproven(refusal) && !unproven.take(now()) ? "too many" : refusal;

  function waitForRoom(): void {
    if (full || !stop) return;
    full = true;
    logger.error({}, "the journal is full: webhook calls are refused until there is room");
    journal.room(stop).then(
      () => {
        full = false;
        logger.info({}, "the journal has room again: webhook calls are accepted");
      },
      (error) => stop?.aborted || fail(error),
    );
  }

  const { server, connections } = createCallsServer({
    path,
    tls: tls !== undefined,
    take,
    limit,
    refused: (reason) => {
      metrics.refused.inc({ reason });
      refusals.note(reason, now());
    },
  });
  const certificate =
    tls && new ListenerCertificate(tls, secrets, (found) => (server as TlsServer).setSecureContext(found));
  certificate?.refresh();
  // Before the connection is made: it is to have the certificate that is found now.
  if (certificate) server.prependListener("connection", () => certificate.refresh());
  const metrics = createMetrics(registry, { accepting: ready, connections: () => connections.size });

  function obstacle(): SourceState["obstacle"] {
    if (full)
      return {
        message: "the journal is at its limit: webhook calls are refused",
        remedy: "bring the destination back that is furthest behind, or enlarge the volume",
      };
    const unreadable = withoutSecret(organizations, secrets);
    if (unreadable.length > 0)
      return {
        message: `no secret of the organization ${unreadable.join(", ")} can be read: its calls are refused`,
        remedy:
          "give the Secret that is mounted as the secrets folder the keys that logins.organizations names",
      };
    certificate?.refresh();
    if (certificate?.problem === undefined) return undefined;
    return {
      message: certificate.usable
        ? `the last good certificate is in use: ${certificate.problem}`
        : `no connection can be made: ${certificate.problem}`,
      remedy:
        "give the Secret that logins.webhook.tlsSecretName names a certificate as tls.crt and its key as tls.key",
    };
  }

  return {
    name: "webhook",
    ready,
    state: () => ({ obstacle: obstacle(), accepting: ready(), connections: connections.size }),
    port() {
      const bound = server.address();
      return typeof bound === "object" && bound !== null ? bound.port : undefined;
    },
    async run(signal) {
      stop = signal;
      await listen(server, address);
      logger.info({ path }, "webhook calls are taken");
      const failed = new Promise<never>((_, reject) => {
        fail = reject;
      });
      const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      try {
        await Promise.race([failed, signal.aborted ? undefined : aborted]);
      } finally {
        await close(server);
      }
    },
  };
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
