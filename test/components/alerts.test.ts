import { describe, expect, it } from "vitest";
import { alerts } from "../../components/kubernetes/alerts";
import { webhookAlerts } from "../../components/kubernetes/webhookAlerts";
import { statusOf } from "../../forwarder/sources/webhook/answer";
import { forwarderMetrics } from "../../tools/reference/metrics";

const selector = 'namespace="audit",job="audit-log"';

describe("alerts", () => {
  it("watch metrics that the forwarder gives", () => {
    const given = new Set([...forwarderMetrics().values()].flat().map(({ name }) => name));
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
