import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { alerts } from "../../components/kubernetes/alerts";
import { createMetrics as createForwarderMetrics } from "../../forwarder/metrics";
import { createMetrics as createEventsMetrics } from "../../forwarder/sources/events/metrics";
import { createMetrics as createLoginsMetrics } from "../../forwarder/sources/logins/metrics";
import { createMetrics as createStdoutMetrics } from "../../forwarder/sources/stdout/metrics";

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
    createStdoutMetrics(
      logins,
      () => 0,
      () => false,
    );
    createLoginsMetrics(logins, { silent: () => false, waiting: () => false, pending: () => 0 });
    const given = new Set(
      [registry, events, logins].flatMap((one) => one.getMetricsAsArray().map(({ name }) => name)),
    );
    for (const { alert, expr } of alerts('namespace="audit",job="audit-log"'))
      for (const [name] of expr.matchAll(/zitadel_siem_\w+/g)) expect(given, alert).toContain(name);
  });
});
