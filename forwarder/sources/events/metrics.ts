import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** What the metrics show of the source's present state; undefined while it is not known. */
export interface Gauges {
  /** ZITADEL's time minus the tail edge, seconds. */
  lagSeconds(): number | undefined;
  lastReadAgeSeconds(): number | undefined;
  sweepSeconds(): number | undefined;
  unknownTypes(): number;
  /** 1 while something keeps the source from reading. */
  problem(): number;
}

/** The metrics of the events source. No label holds an id. */
export function createMetrics(registry: Registry, gauges: Gauges) {
  const gauge = (name: string, help: string, value: () => number | undefined) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        const now = value();
        if (now === undefined) this.reset();
        else this.set(now);
      },
    });
  gauge(
    "zitadel_siem_events_lag_seconds",
    "ZITADEL's time minus the edge up to which events were read",
    gauges.lagSeconds,
  );
  gauge(
    "zitadel_siem_events_last_read_age_seconds",
    "Age of the last successful read of events",
    gauges.lastReadAgeSeconds,
  );
  gauge(
    "zitadel_siem_events_sweep_seconds",
    "How long after creation events are looked for",
    gauges.sweepSeconds,
  );
  gauge(
    "zitadel_siem_events_unknown_types",
    "Types in the filter that ZITADEL does not know",
    gauges.unknownTypes,
  );
  gauge("zitadel_siem_events_problem", "1 while something keeps the source from reading", gauges.problem);

  const counter = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter<Label>({ name, help, labelNames, registers: [registry] });
  return {
    reads: counter("zitadel_siem_events_reads_total", "Requests for a page of events that were answered"),
    readSeconds: new Histogram({
      name: "zitadel_siem_events_read_seconds",
      help: "How long a request for a page of events took",
      buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10],
      registers: [registry],
    }),
    read: counter("zitadel_siem_events_read_total", "Events read, repeated ones too"),
    committed: counter("zitadel_siem_events_committed_total", "Events that were new to the journal"),
    repeated: counter("zitadel_siem_events_repeated_total", "Events read that the journal had already"),
    late: counter("zitadel_siem_events_late_total", "Events found only when a span was read again", ["edge"]),
    poison: counter("zitadel_siem_events_poison_total", "Events without what identifies them"),
    unproven: counter(
      "zitadel_siem_events_unproven_microseconds_total",
      "Microseconds so crowded that ZITADEL's API cannot show whether all was read",
    ),
    failures: counter("zitadel_siem_events_failures_total", "Failed attempts to read, by kind", ["kind"]),
    forked: counter(
      "zitadel_siem_history_forked_total",
      "Places in an aggregate's history with two different events",
    ),
    journalLost: counter(
      "zitadel_siem_journal_lost_total",
      "Starts that found the journal gone and resumed at the checkpoint",
    ),
    clipped: counter(
      "zitadel_siem_events_clipped_total",
      "Ranges that ZITADEL's retention removed before they were read",
    ),
    recounted: counter(
      "zitadel_siem_recounted_events_total",
      "Events compared once more with what was committed",
    ),
    recountMissing: counter(
      "zitadel_siem_recount_missing_total",
      "Events that a recount found missing in the journal; they are delivered then",
    ),
    recountUnserved: counter(
      "zitadel_siem_recount_unserved_total",
      "Committed events that ZITADEL no longer served when they were recounted",
    ),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;

/** What became of the names that records were to have; it is there where names are asked for. */
export const createNamesMetric = (registry: Registry) =>
  new Counter({
    name: "zitadel_siem_names_total",
    help: "Names that records were to have, by what became of that",
    labelNames: ["result"],
    registers: [registry],
  });
