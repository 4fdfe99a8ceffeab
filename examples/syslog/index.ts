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
      name: "soc",
      syslog: {
        url: config.require("url"),
        ca: { value: config.require("ca") },
        clientCertificate: {
          certificate: { value: config.require("clientCertificate") },
          key: { value: config.requireSecret("clientKey") },
        },
        // The receiver must take as much: rsyslog's maxMessageSize is 8k by default.
        maxMessageBytes: 65536,
      },
    },
  ],
  namespace: "audit-log",
  createNamespace: true,
});
