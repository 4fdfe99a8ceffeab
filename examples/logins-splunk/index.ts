import * as pulumi from "@pulumi/pulumi";
import { AuditLogStream } from "zitadel-siem";

const config = new pulumi.Config();
const zitadel = new pulumi.Config("zitadel");
const organizationId = config.require("organizationId");

export const { loginBindings } = new AuditLogStream("audit-log", {
  zitadel: {
    domain: zitadel.require("domain"),
    port: zitadel.getNumber("port"),
    insecure: zitadel.getBoolean("insecure"),
  },
  organizationId,
  reader: { keys: [{ name: "2026-11", expires: "2027-11-01T00:00:00Z" }] },
  logins: {
    organizations: [{ id: organizationId }],
    secrets: ["2026-11"],
    // With `collect: false` a log agent ships the lines: look for those that hold "zitadel-siem/1".
    stdout: { namespace: config.require("zitadelNamespace"), collect: config.requireBoolean("collect") },
  },
  destinations: [
    {
      name: "splunk",
      splunk: { url: config.require("url"), token: { value: config.requireSecret("token") } },
    },
  ],
  namespace: "audit-log",
  createNamespace: true,
});
