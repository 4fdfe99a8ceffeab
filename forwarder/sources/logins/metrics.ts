import { Counter, Gauge, type Registry } from "prom-client";

/** What the gauges show, read when they are scraped. */
export interface Gauges {
  silent(): boolean;
  waiting(): boolean;
  pending(): number;
}

export type Metrics = ReturnType<typeof createMetrics>;

/** The metrics of login checks among the events. No label holds an id. */
export function createMetrics(registry: Registry, read: Gauges) {
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name: `zitadel_siem_logins_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
  gauge("silent", "1 while login checks happen and no script reports any", () => (read.silent() ? 1 : 0));
  gauge(
    "verdicts_waiting",
    "1 while it cannot be decided whether checks were reported, because a replica or a log is out of reach",
    () => (read.waiting() ? 1 : 0),
  );
  gauge("checks_pending", "Login checks among the events that wait for their login record", read.pending);
  const counter = (name: string, help: string) =>
    new Counter({ name: `zitadel_siem_logins_${name}`, help, registers: [registry] });
  return {
    reported: counter("reported_total", "Login checks among the events that a script reported"),
    missing: counter(
      "missing_total",
      "Login checks among the events that no script reported in time; each is sent as a record made from the event",
    ),
    late: counter(
      "late_total",
      "Records of scripts that came after their check had been sent as a record: both are delivered",
    ),
    journalsLost: new Counter({
      name: "zitadel_siem_replica_journals_lost_total",
      help: "Journals of other replicas that were lost, with the login records in them that no destination had yet",
      registers: [registry],
    }),
    peerFailures: counter("peer_failures_total", "Questions to other replicas that were not answered"),
  };
}
