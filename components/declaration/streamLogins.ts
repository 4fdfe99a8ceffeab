import type * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../../contract";
import type { ForwarderLogins, LoginLog, StreamLoginLog, StreamLogins } from "../arguments";
import { generationsProblems, organizationsProblems, reportsProblems } from "./loginProblems";
import { organizationName } from "./organizationName";

/**
 * The forwarder's part in a stream's login records; nothing where a log agent ships them. `valuesOf` gives the
 * secrets of an organization by its name, in the order of the generations.
 */
export function forwarderLogins(
  { organizations, secrets, webhook, stdout }: StreamLogins,
  valuesOf: (organization: string) => pulumi.Input<string>[],
): ForwarderLogins | undefined {
  const log = collectedLog(stdout);
  if (!webhook && !log) return undefined;
  return {
    organizations: organizations.map((organization) => {
      const values = valuesOf(organizationName(organization));
      return { ...organization, secrets: secrets.map((name, index) => ({ name, value: values[index]! })) };
    }),
    webhook,
    stdout: log,
  };
}

function collectedLog(stdout: StreamLoginLog | undefined): LoginLog | undefined {
  if (!stdout || stdout.collect === false) return undefined;
  const { namespace, labels } = stdout;
  return { namespace: namespace!, labels };
}

/** What is wrong with a stream's login records before the forwarder looks at its part of them. */
export function streamLoginsProblems(logins: StreamLogins): Problem[] {
  const { organizations, secrets, webhook, stdout } = logins;
  const problems = [
    ...organizationsProblems(organizations, "logins.organizations"),
    ...generationsProblems(secrets, "logins.secrets"),
    ...reportsProblems(logins, "logins."),
  ];
  if (!webhook && !stdout)
    problems.push({ path: "logins", message: "has no source: give webhook, stdout or both" });
  if (stdout && stdout.collect !== false && stdout.namespace === undefined)
    problems.push({
      path: "logins.stdout.namespace",
      message:
        "is missing: name ZITADEL's namespace, or set collect: false where the cluster's log agent ships its log",
    });
  return problems;
}
