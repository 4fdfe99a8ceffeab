/** An alert of Prometheus. */
export interface Alert {
  alert: string;
  expr: string;
  for: string;
  labels: { severity: "critical" | "warning" };
  annotations: { summary: string; description: string };
}

/**
 * A counter has grown, or is above 0 and was not there an hour ago: what a start finds is counted before the first
 * scrape of a pod with a new address.
 */
export const hasGrown = (counter: string): string =>
  `increase(${counter}[1h]) > 0 or (${counter} > 0 unless ${counter} offset 1h)`;

/**
 * What an operator must hear of. Silence is never taken as "no events": reading and delivery are watched by their age.
 *
 * @param selector the label selector of one forwarder's metrics
 * @param keepsJournal whether its journal lies on a volume that outlives the pod: only then its loss is an alert
 */
export function alerts(selector: string, keepsJournal: boolean): Alert[] {
  const metric = (name: string) => `zitadel_siem_${name}{${selector}}`;
  const happened = (name: string) => `increase(${metric(name)}[1h]) > 0`;
  return [
    {
      alert: "ZitadelSiemAbsent",
      expr: `absent(${metric("journal_bytes")})`,
      for: "10m",
      labels: { severity: "critical" },
      annotations: {
        summary: "The forwarder of ZITADEL's audit trail gives no metrics",
        description:
          "Its pod is gone or cannot be scraped. Kubernetes does not replace a StatefulSet's pod on a dead node: take the node out of the cluster or delete the pod by force once it is certain that it no longer runs.",
      },
    },
    {
      alert: "ZitadelSiemNotReading",
      expr: `${metric("events_last_read_age_seconds")} > 300`,
      for: "5m",
      labels: { severity: "critical" },
      annotations: {
        summary: "No event was read from ZITADEL for five minutes",
        description:
          "The answer of /readyz and the forwarder's log say why. Nothing is lost while ZITADEL keeps its events.",
      },
    },
    {
      alert: "ZitadelSiemBehind",
      expr: `${metric("oldest_unacknowledged_age_seconds")} > 900`,
      for: "10m",
      labels: { severity: "warning" },
      annotations: {
        summary: "Destination {{ $labels.destination }} is {{ $value | humanizeDuration }} behind",
        description:
          "It does not answer, refuses, or is too slow. Records wait in the journal and in ZITADEL.",
      },
    },
    {
      alert: "ZitadelSiemDestinationFault",
      expr: `${metric("lane_fault")} == 1`,
      for: "5m",
      labels: { severity: "critical" },
      annotations: {
        summary: "Destination {{ $labels.destination }} refuses the forwarder",
        description: "Its address or credential has to be corrected; retrying alone does not help.",
      },
    },
    {
      alert: "ZitadelSiemDeadLetters",
      expr: happened("records_dead_lettered_total"),
      for: "0m",
      labels: { severity: "warning" },
      annotations: {
        summary: "Destination {{ $labels.destination }} refused records for good",
        description: "The journal keeps them with the reason.",
      },
    },
    {
      alert: "ZitadelSiemJournalFull",
      expr: `${metric("journal_full")} == 1`,
      for: "5m",
      labels: { severity: "critical" },
      annotations: {
        summary: "The forwarder's journal is full",
        description: "It reads no further until a destination takes records or the volume grows.",
      },
    },
    {
      alert: "ZitadelSiemJournalDamaged",
      expr: `${metric("damaged_journals")} > 0`,
      for: "0m",
      labels: { severity: "warning" },
      annotations: {
        summary: "The forwarder's journal was damaged",
        description:
          "It is kept aside on the volume and a new one was begun: see 'A damaged journal' in docs/operations.md.",
      },
    },
    ...(keepsJournal ? [journalLost(metric("journal_lost_total"))] : []),
    {
      alert: "ZitadelSiemHistoryClipped",
      expr: `${happened("ranges_clipped_total")} or ${happened("events_clipped_total")}`,
      for: "0m",
      labels: { severity: "critical" },
      annotations: {
        summary: "ZITADEL removed events before they were delivered",
        description:
          "Its audit-log retention is shorter than the backlog. The forwarder's log names the range.",
      },
    },
    {
      alert: "ZitadelSiemHistoryForked",
      expr: happened("history_forked_total"),
      for: "0m",
      labels: { severity: "warning" },
      annotations: {
        summary: "ZITADEL's history was rewritten",
        description: "Its database was restored from a backup: both versions of the history are delivered.",
      },
    },
    {
      alert: "ZitadelSiemRecountMissing",
      expr: happened("recount_missing_total"),
      for: "0m",
      labels: { severity: "critical" },
      annotations: {
        summary: "A recount found events that were not read at first",
        description:
          "They are delivered now. Transactions stay open for longer than events.sweepSeconds: raise it.",
      },
    },
    {
      alert: "ZitadelSiemLogsNotRead",
      expr: `${metric("stdout_problem")} == 1`,
      for: "5m",
      labels: { severity: "critical" },
      annotations: {
        summary: "ZITADEL's logs are not read",
        description: "The answer of /readyz says why. What the node rotates away meanwhile cannot be read.",
      },
    },
    {
      alert: "ZitadelSiemLogGap",
      expr: happened("stdout_gaps_total"),
      for: "0m",
      labels: { severity: "warning" },
      annotations: {
        summary: "Lines of ZITADEL's log were gone before they could be read",
        description:
          "The record stdout_gap names pod, container and bounds. Logins among them come from the events.",
      },
    },
    {
      alert: "ZitadelSiemLoginsMissing",
      expr: happened("logins_missing_total"),
      for: "0m",
      labels: { severity: "warning" },
      annotations: {
        summary: "Logins were not reported by their Action",
        description: "They are delivered as records made from the events, which know less than the Action.",
      },
    },
    {
      alert: "ZitadelSiemLoginsSilent",
      expr: `${metric("logins_silent")} == 1`,
      for: "0m",
      labels: { severity: "warning" },
      annotations: {
        summary: "People sign in and no Action reports it",
        description:
          "The instance signs in with Login V2, which runs no Actions, or the Actions are not bound: run pulumi up.",
      },
    },
  ];
}

const journalLost = (counter: string): Alert => ({
  alert: "ZitadelSiemJournalLost",
  expr: hasGrown(counter),
  for: "0m",
  labels: { severity: "critical" },
  annotations: {
    summary: "The forwarder's journal was gone when it started",
    description:
      "Events are read again from where everything had been delivered; login records that were taken and not delivered are gone, and their checks among the events are judged anew: see 'A lost volume' in docs/operations.md.",
  },
});
