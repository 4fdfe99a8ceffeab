import * as pulumi from "@pulumi/pulumi";
import * as zitadel from "@pulumiverse/zitadel";
import { AuditLogStream, type ReaderKey, refuseUnknownConfiguration, type StreamLogins } from "zitadel-siem";

const config = new pulumi.Config();
// All that Pulumi.yaml describes.
refuseUnknownConfiguration([
  "domain",
  "port",
  "insecure",
  "trustedProxies",
  "adminKey",
  "organizationId",
  "readerKeys",
  "namespace",
  "startFrom",
  "logins",
  "destinationUrl",
  "destinationToken",
]);
const domain = config.require("domain");
const port = config.getNumber("port");
const insecure = config.getBoolean("insecure");
const logins = config.getObject<StreamLogins>("logins");

const provider = new zitadel.Provider("zitadel", {
  domain,
  port: port?.toString(),
  insecure,
  jwtProfileJson: config.requireSecret("adminKey"),
});

const stream = new AuditLogStream(
  "audit-log",
  {
    zitadel: { domain, port, insecure, trustedProxies: config.getNumber("trustedProxies") },
    organizationId: config.require("organizationId"),
    reader: { keys: config.requireObject<ReaderKey[]>("readerKeys") },
    events: { startFrom: config.get("startFrom") },
    destinations: [
      {
        name: "siem",
        http: {
          url: config.require("destinationUrl"),
          bearer: { value: config.requireSecret("destinationToken") },
        },
      },
    ],
    namespace: config.require("namespace"),
    createNamespace: true,
    // Pulumi.yaml's default is an empty object.
    logins: logins && Object.keys(logins).length > 0 ? logins : undefined,
  },
  { providers: { zitadel: provider } },
);

export const namespace = stream.namespace;
export const workload = stream.workloadName;
export const readerUserId = stream.readerUserId;
