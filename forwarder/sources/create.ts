import type { Logger } from "pino";
import type { Configuration } from "../../components/configuration";
import type { Arguments } from "../arguments";
import type { CheckpointStore } from "../checkpoint/checkpoint";
import type { RangeReader } from "../journal/contract";
import type { Journal } from "../journal/journal";
import type { Metrics } from "../metrics";
import { createEventRecord } from "../records/eventRecord";
import { createRedaction } from "../records/redaction/redaction";
import { createEventsSource } from "./events";
import { createInstanceSource } from "./instance";
import type { Source } from "./source";

export interface SourcesOptions {
  given: Arguments;
  configuration: Configuration;
  journal: Journal;
  /** Where the checkpoint is kept; only ordinal 0 has one. */
  checkpoint: CheckpointStore | undefined;
  metrics: Metrics;
  log: Logger;
}

/** The sources of this replica: ordinal 0 reads events, every other one only has to know whose records it takes. */
export function createSources({ given, configuration, journal, checkpoint, metrics, log }: SourcesOptions): {
  sources: Source[];
  /** Reads ranges of events again; absent where no events are read. */
  ranges: RangeReader | undefined;
} {
  if (given.ordinal > 0) {
    const instance = createInstanceSource({ configuration, secrets: given.secrets, journal, logger: log });
    return { sources: [instance], ranges: undefined };
  }
  const redaction = createRedaction({
    release: configuration.redaction.release,
    count: (eventType, notListed, secret) => {
      metrics.withheld.inc({ event_type: eventType, reason: "not listed" }, notListed);
      metrics.withheld.inc({ event_type: eventType, reason: "secret" }, secret);
    },
  });
  const events = createEventsSource({
    configuration,
    secrets: given.secrets,
    journal,
    bindInstance: (instanceId) => journal.bindInstance(instanceId),
    createRecord: (event, context) => createEventRecord(event, context, redaction),
    checkpoint: checkpoint && {
      store: checkpoint,
      journalId: journal.id,
      oldestUndelivered: () => journal.oldestUndelivered(),
    },
    logger: log,
    registry: metrics.registry,
  });
  return { sources: [events], ranges: events.ranges };
}
