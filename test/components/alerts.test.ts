import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { alerts } from "../../components/kubernetes/alerts";
import { webhookAlerts } from "../../components/kubernetes/webhookAlerts";
import { createMetrics as createForwarderMetrics } from "../../forwarder/metrics";
import { createMetrics as createEventsMetrics } from "../../forwarder/sources/events/metrics";
import { createMetrics as createLoginsMetrics } from "../../forwarder/sources/logins/metrics";
import { createMetrics as createStdoutMetrics } from "../../forwarder/sources/stdout/metrics";
import { statusOf } from "../../forwarder/sources/webhook/answer";
import { createMetrics as createWebhookMetrics } from "../../forwarder/sources/webhook/metrics";

const selector = 'namespace="audit",job="audit-log"';

describe("alerts", () => {
  it("watch metrics that the forwarder gives", async () => {
    const { registry } = createForwarderMetrics(() => {
      throw new Error("not scraped");
    });
    const events = new Registry();
    const never = () => undefined;
    createEventsMetrics(events, {
      lagSeconds: never,
      lastReadAgeSeconds: never,
      sweepSeconds: never,
      unknownTypes: () => 0,
      problem: () => 0,
    });
    const logins = new Registry();
    createWebhookMetrics(logins, { accepting: () => true, connections: () => 0 });
    createStdoutMetrics(
      logins,
      () => 0,
      () => false,
    );
    createLoginsMetrics(logins, { silent: () => false, waiting: () => false, pending: () => 0 });
    const given = new Set(
      [registry, events, logins].flatMap((one) => one.getMetricsAsArray().map(({ name }) => name)),
    );
    for (const { alert, expr } of [...alerts(selector, true), ...webhookAlerts(selector, 2)])
      for (const [name] of expr.matchAll(/zitadel_siem_\w+/g)) expect(given, alert).toContain(name);
  });

  it("tell of a lost journal where it lies on a volume that outlives the pod", () => {
    const names = (keepsJournal: boolean) => alerts(selector, keepsJournal).map(({ alert }) => alert);
    expect(names(true).filter((name) => !names(false).includes(name))).toEqual(["ZitadelSiemJournalLost"]);
  });

  it("name reasons for which a webhook call is refused", () => {
    const named = webhookAlerts(selector, 2).flatMap(({ expr }) =>
      [...expr.matchAll(/reason=~"([^"]+)"/g)].flatMap(([, reasons]) => reasons!.split("|")),
    );
    expect(named.length).toBeGreaterThan(5);
    for (const reason of named) expect(Object.keys(statusOf)).toContain(reason);
  });
});
