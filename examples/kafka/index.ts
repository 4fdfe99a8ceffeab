import * as pulumi from "@pulumi/pulumi";
import { AuditLogStream } from "zitadel-siem";

const config = new pulumi.Config();
// Where ZITADEL is and who creates the service account: `pulumi config set zitadel:domain …`, and so on.
const zitadel = new pulumi.Config("zitadel");

export const { namespace, workloadName } = new AuditLogStream("audit-log", {
  zitadel: {
    domain: zitadel.require("domain"),
    port: zitadel.getNumber("port"),
    insecure: zitadel.getBoolean("insecure"),
  },
  organizationId: config.require("organizationId"),
  reader: { keys: [{ name: "2026-11", expires: "2027-11-01T00:00:00Z" }] },
  destinations: [
    {
      name: "kafka",
      collector: {
        exporter: {
          kafka: {
            brokers: [config.require("broker")],
            logs: { topic: config.require("topic"), encoding: "otlp_json" },
            // A yes means that every replica in sync has the message. While no broker answers, 100 are held at most.
            producer: { required_acks: -1, flush_max_messages: 100 },
            tls: {},
            auth: {
              sasl: {
                mechanism: "SCRAM-SHA-512",
                username: "zitadel",
                // biome-ignore lint/suspicious/noTemplateCurlyInString: the Collector puts the variable in
                password: "${env:KAFKA_PASSWORD}",
              },
            },
          },
        },
        environment: { KAFKA_PASSWORD: { value: config.requireSecret("password") } },
        egressPorts: [9093],
      },
      batch: { maxBytes: 400_000 },
    },
  ],
  namespace: "audit-log",
  createNamespace: true,
});
