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
      name: "elasticsearch",
      elasticsearch: {
        url: config.require("url"),
        apiKey: { value: config.requireSecret("apiKey") },
        // By convention type, dataset and namespace. A record that is sent again after a rollover is there twice.
        dataStream: "logs-zitadel.audit-default",
      },
    },
  ],
  namespace: "audit-log",
  createNamespace: true,
});
