import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { LaneStatus } from "./laneStatus";

/** What the gauges show, read when they are scraped. */
export interface Readings {
  lanes: LaneStatus[];
  journalBytes: number;
  journalMaxBytes: number;
  journalFull: boolean;
  sessions: number;
  damagedJournals: number;
}

/** The counters that lanes and journal move. Labels name destinations, never ids or people. */
export interface Metrics {
  registry: Registry;
  delivered: Counter<"destination">;
  failures: Counter<"destination" | "outcome">;
  deadLetters: Counter<"destination">;
  filtered: Counter<"destination">;
  parked: Counter<"destination">;
  rangesClipped: Counter<"destination">;
  withheld: Counter<"event_type" | "reason">;
}

export function createMetrics(read: () => Readings): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name: `zitadel_siem_${name}`, help, labelNames, registers });
  const laneGauge = (name: string, help: string, value: (lane: LaneStatus) => number) =>
    new Gauge({
      name: `zitadel_siem_${name}`,
      help,
      labelNames: ["destination"],
      registers,
      collect() {
        this.reset();
        for (const lane of read().lanes) this.set({ destination: lane.destination }, value(lane));
      },
    });
  const gauge = (name: string, help: string, value: (readings: Readings) => number) =>
    new Gauge({
      name: `zitadel_siem_${name}`,
      help,
      registers,
      collect() {
        this.set(value(read()));
      },
    });

  laneGauge(
    "oldest_unacknowledged_age_seconds",
    "Age of the oldest event or login record that the destination has not acknowledged, 0 when there is none",
    (lane) => lane.oldestUnacknowledgedSeconds ?? 0,
  );
  laneGauge("lane_fault", "1 while a person has to correct the destination's configuration", (lane) =>
    lane.state === "fault" ? 1 : 0,
  );
  laneGauge("lane_parked", "1 while the lane takes no events from the journal", (lane) =>
    lane.state === "parked" ? 1 : 0,
  );
  laneGauge("backfill_jobs", "Ranges that the lane still has to read again", (lane) => lane.jobs.length);
  laneGauge(
    "dead_letters",
    "Records that the destination refused for good and the journal keeps",
    (lane) => lane.deadLetters,
  );
  gauge("journal_bytes", "Bytes that the journal uses", (readings) => readings.journalBytes);
  gauge("journal_max_bytes", "The journal's limit in bytes", (readings) => readings.journalMaxBytes);
  gauge("journal_full", "1 while the journal takes no records", (readings) => (readings.journalFull ? 1 : 0));
  gauge(
    "sessions_remembered",
    "Sessions of which the journal keeps from where they began",
    (readings) => readings.sessions,
  );
  gauge(
    "damaged_journals",
    "Damaged journals that are kept aside on the volume",
    (readings) => readings.damagedJournals,
  );

  return {
    registry,
    delivered: counter("records_delivered_total", "Records that the destination acknowledged", [
      "destination",
    ]),
    failures: counter("batch_failures_total", "Batches that were not acknowledged, by what became of them", [
      "destination",
      "outcome",
    ]),
    deadLetters: counter("records_dead_lettered_total", "Records that the destination refused for good", [
      "destination",
    ]),
    filtered: counter("records_filtered_total", "Records that the destination's filter kept out", [
      "destination",
    ]),
    parked: counter("lane_parked_total", "How often the lane was parked at the journal's limit", [
      "destination",
    ]),
    rangesClipped: counter(
      "ranges_clipped_total",
      "Ranges whose beginning ZITADEL no longer held when they were read again",
      ["destination"],
    ),
    withheld: counter("fields_withheld_total", "Payload fields that did not leave", ["event_type", "reason"]),
  };
}
