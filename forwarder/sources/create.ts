import type { Logger } from "pino";
import type { Configuration } from "../../contract";
import type { Arguments } from "../arguments";
import type { CheckpointStore } from "../checkpoint/checkpoint";
import type { Journal } from "../journal/journal";
import type { RangeReader } from "../journal/sourceJournal";
import type { Metrics } from "../metrics";
import { createEventRecord } from "../records/eventRecord";
import { createLoginRecord } from "../records/loginRecord";
import { createRedaction } from "../records/redaction/redaction";
import { SecretFiles } from "../secretFiles";
import { EventsSource } from "./events/eventsSource";
import { InstanceSource } from "./instance";
import { forgettingSource } from "./logins/forgetting";
import { LoginsSource } from "./logins/loginsSource";
import { createClaimVerifier, REMEMBERED_MICROS } from "./logins/verification";
import type { Source } from "./source";
import { StdoutSource } from "./stdout/stdoutSource";
import { WebhookSource } from "./webhook/webhookSource";

export interface SourcesOptions {
  given: Arguments;
  configuration: Configuration;
  journal: Journal;
  /** Where the checkpoint is kept; only ordinal 0 has one. */
  checkpoint: CheckpointStore | undefined;
  metrics: Metrics;
  log: Logger;
}

/** The sources of this replica: ordinal 0 reads events, every replica takes webhook calls. */
export function createSources(options: SourcesOptions): {
  sources: Source[];
  /** Reads ranges of events again; absent where no events are read. */
  ranges: RangeReader | undefined;
} {
  const { given, configuration, journal, metrics, log } = options;
  const { sources, ranges } = given.ordinal > 0 ? withoutEvents(options) : withEvents(options);
  const { logins } = configuration;
  if (logins?.webhook)
    sources.push(
      new WebhookSource({
        logins,
        trustedProxies: configuration.zitadel.trustedProxies,
        address: given.webhooks,
        secrets: new SecretFiles(given.secrets),
        journal,
        logger: log,
        registry: metrics.registry,
        now: Date.now,
      }),
    );
  return { sources, ranges };
}

/** A replica without events has to ask whose records it takes. */
function withoutEvents({ given, configuration, journal, log }: SourcesOptions) {
  const instance = new InstanceSource(configuration.zitadel, given.secrets, journal, log);
  const sources: Source[] = [instance, ...(configuration.logins ? [forgettingSource(journal)] : [])];
  return { sources, ranges: undefined };
}

function withEvents({ given, configuration, journal, checkpoint, metrics, log }: SourcesOptions) {
  const redaction = createRedaction({
    release: configuration.redaction.release,
    count: (eventType, notListed, secret) => {
      metrics.withheld.inc({ event_type: eventType, reason: "not listed" }, notListed);
      metrics.withheld.inc({ event_type: eventType, reason: "secret" }, secret);
    },
  });
  const {
    logins: declared,
    events: { enrichment },
  } = configuration;
  if (!enrichment.sessions) journal.forgetSessions();
  const stdout = stdoutSource({ given, configuration, journal, metrics, log });
  const logins =
    declared &&
    new LoginsSource({
      logins: declared,
      trustedProxies: configuration.zitadel.trustedProxies,
      journal,
      ranges: {
        read: (range, signal) => events.ranges.read(range, signal),
        readThroughMicros: () => events.ranges.readThroughMicros(),
      },
      logsReadThrough: stdout && (() => stdout.readThroughMicros()),
      peers: declared.webhook ? given.peers : [],
      logger: log,
      registry: metrics.registry,
    });
  const events: EventsSource = new EventsSource({
    configuration,
    secrets: given.secrets,
    journal,
    bindInstance: (instanceId) => journal.bindInstance(instanceId),
    createRecord: (event, context) => {
      const made = createEventRecord(event, context, redaction);
      const record = enrichment.sessions ? made : { ...made, session: undefined };
      const note = logins?.noteOf(event, context);
      return note ? { ...record, ...note } : record;
    },
    checkpoint: checkpoint && {
      store: checkpoint,
      journalId: journal.id,
      oldestUndelivered: () => journal.oldestUndelivered(),
      logins: () => logins?.checkpoint(),
    },
    journalLost: (checkpoint) => logins?.journalLost(checkpoint),
    logger: log,
    registry: metrics.registry,
  });
  const sources: Source[] = [events, stdout, logins].filter((source) => source !== undefined);
  return { sources, ranges: events.ranges };
}

/** The source of what Actions log, where that source is declared. */
function stdoutSource({
  given,
  configuration: { logins, zitadel },
  journal,
  metrics,
  log,
}: Omit<SourcesOptions, "checkpoint">): StdoutSource | undefined {
  if (!logins?.stdout) return undefined;
  const verify = createClaimVerifier(logins.organizations, new SecretFiles(given.secrets));
  return new StdoutSource({
    stdout: logins.stdout,
    kubernetes: new URL(given.checkpoint ?? "https://kubernetes.default.svc").origin,
    serviceAccount: given.serviceAccount,
    journal,
    accept({ record, signature, organization }, context) {
      const verified = verify(record, signature, organization);
      if (verified.refused === "secret unreadable") return "later";
      if (verified.refused !== undefined) return "refused";
      journal.forgetLoginIdsBefore(Date.now() * 1000 - REMEMBERED_MICROS);
      return createLoginRecord(verified.claim, verified.organization, {
        ...context,
        source: "stdout",
        trustedProxies: zitadel.trustedProxies,
      });
    },
    logger: log,
    registry: metrics.registry,
  });
}
