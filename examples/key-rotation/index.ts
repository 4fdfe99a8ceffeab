import * as pulumi from "@pulumi/pulumi";
import { AuditLogStream } from "zitadel-siem";

const config = new pulumi.Config();
const zitadel = new pulumi.Config("zitadel");

export const { readerUserId } = new AuditLogStream("audit-log", {
  zitadel: {
    domain: zitadel.require("domain"),
    port: zitadel.getNumber("port"),
    insecure: zitadel.getBoolean("insecure"),
  },
  organizationId: config.require("organizationId"),
  reader: {
    // The newest is last. Once it is in use everywhere, take the old one out with another update.
    keys: [
      { name: "2026-11", expires: "2027-05-01T00:00:00Z" },
      { name: "2027-02", expires: "2027-08-01T00:00:00Z" },
    ],
  },
  events: { aggregateTypes: ["user", "usergrant"], startFrom: "2026-01-01T00:00:00Z" },
  destinations: [
    {
      name: "siem",
      http: {
        url: config.require("url"),
        signing: { secret: { value: config.requireSecret("signingSecret") } },
      },
    },
    // For clusters whose log agent ships standard output.
    { name: "log", stdout: {} },
  ],
  namespace: "audit-log",
  createNamespace: true,
});
