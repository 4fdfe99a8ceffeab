// The program of the run with real parts: one forwarder whose records go to its own standard output.
import * as pulumi from "@pulumi/pulumi";
import * as zitadel from "@pulumiverse/zitadel";
import { AuditLogStream } from "zitadel-siem";

const config = new pulumi.Config();
const address = { domain: "localhost", port: 8080, insecure: true };
const provider = new zitadel.Provider("zitadel", {
  domain: address.domain,
  port: String(address.port),
  insecure: address.insecure,
  jwtProfileJson: config.requireSecret("adminKey"),
});

new AuditLogStream(
  "audit-log",
  {
    zitadel: { ...address, address: "http://zitadel.zitadel.svc.cluster.local:8080" },
    organizationId: config.require("organizationId"),
    reader: { keys: config.requireObject("readerKeys") },
    events: { startFrom: "beginning" },
    destinations: [{ name: "log", stdout: {} }],
    namespace: "zitadel-siem",
    createNamespace: true,
  },
  { providers: { zitadel: provider } },
);
