import * as pulumi from "@pulumi/pulumi";
import { AuditLogStream } from "zitadel-siem";

const config = new pulumi.Config();
// Where ZITADEL is and who creates the service account: `pulumi config set zitadel:domain …`, and so on.
const zitadel = new pulumi.Config("zitadel");
const domain = zitadel.require("domain");

export const { namespace, workloadName } = new AuditLogStream("audit-log", {
  zitadel: { domain, port: zitadel.getNumber("port"), insecure: zitadel.getBoolean("insecure") },
  organizationId: config.require("organizationId"),
  reader: { keys: [{ name: "2026-11", expires: "2027-11-01T00:00:00Z" }] },
  destinations: [
    {
      name: "splunk",
      splunk: {
        url: config.require("url"),
        token: { value: config.requireSecret("token") },
        index: "zitadel",
        host: domain,
        // With it a batch is delivered once it is indexed, which takes seconds: hence more batches under way.
        acknowledgement: config.requireBoolean("acknowledgement"),
      },
      batch: { inFlight: 16 },
    },
  ],
  namespace: "audit-log",
  createNamespace: true,
});
