/** docs/reference/metrics.md: what the forwarder's /metrics gives, from its own definitions. */
import { Registry } from "prom-client";
import { createMetrics as createForwarderMetrics } from "../../forwarder/metrics";
import {
  createMetrics as createEventsMetrics,
  createNamesMetric,
} from "../../forwarder/sources/events/metrics";
import { createMetrics as createLoginsMetrics } from "../../forwarder/sources/logins/metrics";
import { createMetrics as createStdoutMetrics } from "../../forwarder/sources/stdout/metrics";
import { createMetrics as createWebhookMetrics } from "../../forwarder/sources/webhook/metrics";
import { page, table } from "./page";

/** A metric that the forwarder gives. */
export interface MetricDescription {
  name: string;
  help: string;
  type: string;
  labels: string[];
}

/** Every metric of the forwarder's own, by where it comes from. Nothing is measured: they are made and not scraped. */
export function forwarderMetrics(): Map<string, MetricDescription[]> {
  const unread = (): never => {
    throw new Error("not scraped");
  };
  const from = (create: (registry: Registry) => unknown) => {
    const registry = new Registry();
    create(registry);
    return described(registry);
  };
  return new Map([
    ["Journal and destinations", described(createForwarderMetrics(unread).registry)],
    [
      "Events",
      from((registry) => {
        createEventsMetrics(registry, {
          lagSeconds: unread,
          lastReadAgeSeconds: unread,
          sweepSeconds: unread,
          unknownTypes: unread,
          problem: unread,
        });
        createNamesMetric(registry);
      }),
    ],
    [
      "Login records by webhook",
      from((registry) => createWebhookMetrics(registry, { accepting: unread, connections: unread })),
    ],
    ["Login records by log", from((registry) => createStdoutMetrics(registry, unread, unread))],
    [
      "Login records and the checks among the events",
      from((registry) => createLoginsMetrics(registry, { silent: unread, waiting: unread, pending: unread })),
    ],
  ]);
}

/** The beginning of the name of every metric of the forwarder's own. */
const OWN = "zitadel_siem_";

function described(registry: Registry): MetricDescription[] {
  const metrics = registry.getMetricsAsArray() as unknown as (MetricDescription & { labelNames: string[] })[];
  return metrics
    .filter(({ name }) => name.startsWith(OWN))
    .map((metric) => ({
      name: metric.name,
      help: metric.help,
      type: metric.constructor.name.toLowerCase(),
      labels: metric.labelNames,
    }));
}

const introduction = `What \`/metrics\` on the health port gives. A source's metrics are there where the source is declared. No label holds
an id or names a person. Beside these there are those of the process, \`process_…\` and \`nodejs_…\`, as prom-client
gives them. [alerts.md](alerts.md) has the alerts that are made of them.`;

/** The text of the page. */
export function renderMetricsPage(): string {
  const sections = [...forwarderMetrics()].map(([title, metrics]) => {
    const rows = metrics.map(({ name, type, labels, help }) => [
      `\`${name}\``,
      type,
      labels.map((label) => `\`${label}\``).join(", "),
      `${help}.`,
    ]);
    return `## ${title}\n\n${table(["metric", "type", "labels", "what it shows"], rows)}`;
  });
  return page("Metrics", "the forwarder's metrics", [introduction, ...sections]);
}
