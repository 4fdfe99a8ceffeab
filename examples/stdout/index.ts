import * as pulumi from "@pulumi/pulumi";
import { AuditLogStream, type RecordFormat } from "zitadel-siem";

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
  // A JSON line a record, on the standard output of the pod's container; its own log goes to standard error.
  destinations: [{ name: "log", stdout: {}, format: config.require<RecordFormat>("format") }],
  namespace: "audit-log",
  createNamespace: true,
});
