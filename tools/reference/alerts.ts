/** docs/reference/alerts.md: the alerts of the PrometheusRule that `monitoring` creates. */
import { type Alert, alerts } from "../../components/kubernetes/alerts";
import { webhookAlerts } from "../../components/kubernetes/webhookAlerts";
import { page } from "./page";

const introduction = `What \`monitoring: { prometheusRule: true }\` puts into the cluster. \`<selector>\` stands for the labels of one
forwarder's metrics, \`namespace="<namespace>",job="<service>"\`. [operations.md](../operations.md) says what to do;
[metrics.md](metrics.md) what is measured.`;

/** The text of the page. */
export function renderAlertsPage(): string {
  const always = alerts("<selector>", true);
  const webhook = webhookAlerts("<selector>", 2);
  return page("Alerts", "components/kubernetes/alerts.ts and webhookAlerts.ts", [
    introduction,
    ...always.map((alert) =>
      section(alert, anyway.has(alert.alert) ? "" : "Where the journal is on a volume."),
    ),
    ...webhook.map((alert) =>
      section(
        alert,
        single.has(alert.alert) ? "With a webhook." : "With a webhook and more than one replica.",
      ),
    ),
  ]);
}

const namesOf = (given: readonly Alert[]) => new Set(given.map(({ alert }) => alert));
/** The alerts that there are without a volume for the journal, too. */
const anyway = namesOf(alerts("", false));
/** The alerts of a webhook that there are with one replica too. */
const single = namesOf(webhookAlerts("", 1));

function section({ alert, expr, for: lasting, labels, annotations }: Alert, where: string): string {
  const words = (text: string) =>
    text.replace(/{{ \$labels\.(\w+) }}/g, "*$1*").replace(/{{ \$value.*?}}/g, "*value*");
  const lead = [`**${labels.severity}**`, lasting === "0m" ? "at once" : `after ${lasting}`].join(", ");
  return [
    `## ${alert}`,
    `${lead}. ${where}`.trim(),
    `${words(annotations.summary)}. ${words(annotations.description)}`,
    `\`\`\`promql\n${expr}\n\`\`\``,
  ].join("\n\n");
}
