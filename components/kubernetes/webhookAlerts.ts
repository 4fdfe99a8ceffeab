import { type Alert, hasGrown } from "./alerts";

/** Reasons for which a call is refused although ZITADEL made it well: its login goes unrecorded from this source. */
const OURS = "journal full|secret unreadable|starting";
/** Reasons that say that somebody signs with another secret, or repeats what was sent. */
const FORGED = "wrong signature|unknown organization|old signature|replay|too old|in the future";

/** What an operator must hear of webhook calls and of the replicas that take them. */
export function webhookAlerts(selector: string, replicas: number): Alert[] {
  const refused = (reasons: string) =>
    `sum by (reason) (increase(zitadel_siem_webhook_refused_total{${selector},reason=~"${reasons}"}[15m])) > 0`;
  return [
    {
      alert: "ZitadelSiemLoginsNotTaken",
      expr: refused(OURS),
      for: "0m",
      labels: { severity: "critical" },
      annotations: {
        summary: "Logins were refused by the forwarder: {{ $labels.reason }}",
        description:
          "ZITADEL does not repeat such a call. A full journal takes calls again when a destination does; /readyz says what else is missing.",
      },
    },
    {
      alert: "ZitadelSiemLoginsRefused",
      expr: refused(FORGED),
      for: "0m",
      labels: { severity: "warning" },
      annotations: {
        summary: "Calls of login records were refused: {{ $labels.reason }}",
        description:
          "Somebody calls without the organization's secret or repeats a call; or the secret in an Action is not among logins.organizations any more.",
      },
    },
    {
      alert: "ZitadelSiemWebhookDown",
      expr: `sum(zitadel_siem_webhook_accepting{${selector}}) == 0`,
      for: "1m",
      labels: { severity: "critical" },
      annotations: {
        summary: "No pod of the forwarder takes webhook calls",
        description: "Every login meanwhile goes unrecorded from this source. /readyz of the pods says why.",
      },
    },
    ...(replicas > 1 ? [replicaMissing(selector, replicas), replicaJournalLost(selector)] : []),
  ];
}

const replicaMissing = (selector: string, replicas: number): Alert => ({
  alert: "ZitadelSiemReplicaMissing",
  expr: `count(zitadel_siem_journal_bytes{${selector}}) < ${replicas}`,
  for: "15m",
  labels: { severity: "warning" },
  annotations: {
    summary: "Only {{ $value }} of the forwarder's pods give metrics",
    description:
      "The others take calls meanwhile. Kubernetes does not replace a StatefulSet's pod on a dead node: see 'A dead node' in docs/operations.md.",
  },
});

const replicaJournalLost = (selector: string): Alert => ({
  alert: "ZitadelSiemReplicaJournalLost",
  // The first pod, which counts, may have started anew when it noticed.
  expr: hasGrown(`zitadel_siem_replica_journals_lost_total{${selector}}`),
  for: "0m",
  labels: { severity: "critical" },
  annotations: {
    summary: "A replica of the forwarder lost its journal",
    description:
      "Login records that it had taken and not delivered are gone; their checks among the events are judged anew. The record replica_journal_lost names the replica and the time.",
  },
});
