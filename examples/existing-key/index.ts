import * as pulumi from "@pulumi/pulumi";
import { AuditLogStream } from "zitadel-siem";

const config = new pulumi.Config();

export const { workloadName } = new AuditLogStream("audit-log", {
  zitadel: {
    domain: config.require("domain"),
    port: config.requireNumber("port"),
    insecure: config.requireBoolean("insecure"),
  },
  // A service account with the role IAM_OWNER_VIEWER that an administrator of ZITADEL created.
  reader: { existingKey: { secret: { name: "zitadel-reader", key: "key.json" } } },
  // It may be older than this deployment, so where to begin must be said.
  events: { startFrom: "beginning" },
  destinations: [
    {
      name: "siem",
      http: { url: config.require("url"), bearer: { secret: { name: "siem", key: "token" } } },
    },
  ],
  namespace: config.require("namespace"),
});
