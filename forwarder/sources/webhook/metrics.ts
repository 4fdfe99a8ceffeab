import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Refusal } from "./answer";

/** The metrics of the webhook source. No label holds an id. */
export function createMetrics(registry: Registry, now: { accepting(): boolean; connections(): number }) {
  const registers = [registry];
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  gauge("zitadel_siem_webhook_accepting", "1 while webhook calls are accepted", () => +now.accepting());
  gauge("zitadel_siem_webhook_connections", "Connections that are open", now.connections);
  return {
    accepted: new Counter({
      name: "zitadel_siem_webhook_accepted_total",
      help: "Webhook calls whose record is in the journal",
      registers,
    }),
    refused: new Counter<"reason">({
      name: "zitadel_siem_webhook_refused_total",
      help: "Webhook calls that were refused, by reason",
      labelNames: ["reason"] satisfies ["reason"],
      registers,
    }),
    answerSeconds: new Histogram({
      name: "zitadel_siem_webhook_answer_seconds",
      help: "From a call's last byte to its answer, for calls that were accepted",
      buckets: [0.001, 0.003, 0.01, 0.02, 0.03, 0.1, 0.3, 1, 3],
      registers,
    }),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
export type CountRefused = (reason: Refusal) => void;
