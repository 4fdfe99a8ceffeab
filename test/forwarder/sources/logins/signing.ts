import { createHmac, randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { LoginCall, LoginClaim } from "../../../../contract/loginClaim";
import { SecretFiles } from "../../../../forwarder/secretFiles";
import { createClaimVerifier } from "../../../../forwarder/sources/logins/verification";
import { temporaryFolder } from "../../journal/records";

/** A claim of a failed login at this moment, with other fields where they are given. */
export function claimOf(fields: Partial<LoginClaim> = {}): LoginClaim {
  return {
    id: randomBytes(16).toString("hex"),
    time: new Date().toISOString(),
    flow: "internal",
    trigger: "post authentication",
    outcome: "failure",
    error: "COMMAND-3M0fs",
    method: "password",
    user: { id: "400716717564628006", loginName: "erika@example.com" },
    ...fields,
  };
}

/** A text's signature as the script makes it. */
export function signatureOf(text: string, secret: string): string {
  return createHmac("sha256", secret).update(text).digest("hex");
}

/** The body of a script's call. */
export function callOf(claim: object, organization: string, secret: string): LoginCall {
  const record = JSON.stringify(claim);
  return { organization, signature: signatureOf(record, secret), record };
}

/** Two organizations, A with a current and a previous secret, and what verifies their claims. */
export function organizations() {
  const folder = temporaryFolder();
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  write("logins/A/current", "secret of A, current\n");
  write("logins/A/previous", "secret of A, previous");
  write("logins/B/current", "secret of B");
  const declared = [
    { id: "A", secretFiles: ["logins/A/previous", "logins/A/current"] },
    { id: "B", secretFiles: ["logins/B/current"] },
  ];
  const secrets = new SecretFiles(folder);
  return { folder, write, declared, secrets, verify: createClaimVerifier(declared, secrets) };
}
