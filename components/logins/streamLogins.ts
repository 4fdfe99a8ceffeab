import type * as pulumi from "@pulumi/pulumi";
import type { ConfigurationProblem } from "../../contract";
import type { StreamLoginLog, StreamLogins } from "../arguments/loginReports";
import type { ForwarderLogins, LoginLog } from "../arguments/logins";
import { generationsProblems, organizationsProblems, reportsProblems } from "../problems/loginProblems";
import { organizationName } from "./loginOrganizations";

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
export function streamLoginsProblems(logins: StreamLogins): ConfigurationProblem[] {
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
