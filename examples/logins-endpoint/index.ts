import * as pulumi from "@pulumi/pulumi";
import { LoginActions } from "zitadel-siem";

const config = new pulumi.Config();

// Where ZITADEL is and who creates the Actions: `pulumi config set zitadel:domain …`, and so on.
const logins = new LoginActions("logins", {
  organizations: [{ id: config.require("organizationId"), name: "main" }],
  secrets: ["2026-11"],
  // POST { organization, signature, record }: `record` is the JSON text that was signed.
  webhook: { url: config.require("url") },
});

// The endpoint verifies: hex HMAC-SHA256 of `record` with the newest secret, or, while it rotates, with any.
export const secrets = logins.secrets.main;
