import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import type { ForwarderArgs } from "../../components/arguments";
import { deliveryProblems } from "../../components/declaration/deliveryProblems";
import { logins as good } from "./declarations";

const [organization] = good.logins!.organizations;
const inCluster = [{ namespaceLabels: { "kubernetes.io/metadata.name": "zitadel" } }];
const target = { name: "sessions", signingKeys: [{ name: "2026-11", value: "signing" }] };
const ingress = { host: "logins.example.com" };
const later = <T>() => pulumi.output(pulumi.unknown) as unknown as pulumi.Output<T>;

function problemsOf(change: object): string[] {
  const args = { ...good, ...change } as ForwarderArgs;
  return deliveryProblems({ ...args, machineKeyFiles: ["key"] }, "audit-log").map(
    ({ path, message }) => `${path} ${message}`,
  );
}
const withLogins = (change: object) => problemsOf({ logins: { ...good.logins, ...change } });
const withOrganizations = (...organizations: object[]) => withLogins({ organizations });

describe("login records are refused before anything is created:", () => {
  const wrong: [what: string, problems: string[], path: string, remedy: string][] = [
    ["no organization", withOrganizations(), "logins.organizations", "at least one organization"],
    ["an organization without an id", withOrganizations({ secrets: [] }), "logins.organizations[0].id", "id"],
    [
      "an organization without a secret",
      withOrganizations({ id: "301", secrets: [] }),
      "logins.organizations[0].secrets",
      "at least one generation",
    ],
    [
      "an id that is known later, without a name",
      withOrganizations({ ...organization, id: later<string>() }),
      "logins.organizations[0].name",
      "must be given",
    ],
    [
      "an organization twice",
      withOrganizations(organization!, organization!),
      "logins.organizations[1].name",
      "each organization once",
    ],
    [
      "a generation twice",
      withOrganizations({ id: "301", secrets: [...organization!.secrets, ...organization!.secrets] }),
      "logins.organizations[0].secrets[1].name",
      "a name of its own",
    ],
    [
      "a generation that can be no file",
      withOrganizations({ id: "301", secrets: [{ name: "../x", value: "secret" }] }),
      "logins.organizations[0].secrets[0].name",
      "lower-case",
    ],
    [
      "a secret in both forms",
      withOrganizations({
        id: "301",
        secrets: [{ name: "a", value: "x", secret: { name: "s", key: "k" } }],
      }),
      "logins.organizations[0].secrets[0]",
      "exactly one of",
    ],
    [
      "no source",
      withLogins({ webhook: undefined, stdout: undefined }),
      "logins",
      "give webhook, stdout or both",
    ],
    [
      "replicas with nothing to do",
      problemsOf({ replicas: 2, logins: { ...good.logins, webhook: undefined } }),
      "replicas",
      "must be 1 without logins.webhook",
    ],
    ["no replica", problemsOf({ replicas: 0 }), "replicas", "at least 1"],
    ["half a replica", problemsOf({ replicas: 1.5 }), "replicas", "whole number"],
    [
      "storage that forgets what was accepted",
      problemsOf({ storage: { kind: "ephemeral" } }),
      "storage.kind",
      "acceptLoginLoss",
    ],
    [
      "a target without a signing key",
      withLogins({ webhook: { from: inCluster, targets: [{ name: "sessions", signingKeys: [] }] } }),
      "logins.webhook.targets[0].signingKeys",
      "at least one generation",
    ],
    [
      "a target twice",
      withLogins({ webhook: { from: inCluster, targets: [target, target] } }),
      "logins.webhook.targets[1].name",
      "a name of its own",
    ],
    [
      "an ingress and a route",
      withLogins({
        webhook: { from: inCluster, ingress, route: { ...ingress, gateways: [{ name: "public" }] } },
      }),
      "logins.webhook",
      "give the one",
    ],
    [
      "a URL as the ingress's host",
      withLogins({ webhook: { from: inCluster, ingress: { host: "https://logins.example.com" } } }),
      "logins.webhook.ingress.host",
      "a host name",
    ],
    [
      "a route without a Gateway",
      withLogins({ webhook: { from: inCluster, route: { ...ingress, gateways: [] } } }),
      "logins.webhook.route.gateways",
      "at least one Gateway",
    ],
    [
      "nobody who may call, behind an ingress",
      withLogins({ webhook: { ingress } }),
      "logins.webhook.from",
      "ingress controller",
    ],
    [
      "nobody who may call, from a ZITADEL whose pods are not declared",
      withLogins({ stdout: undefined }),
      "logins.webhook.from",
      "those of ZITADEL",
    ],
  ];
  for (const [what, problems, path, remedy] of wrong)
    it(what, () => {
      const said = problems.find((problem) => problem.startsWith(`${path} `));
      expect(said, problems.join("\n")).toContain(remedy);
    });

  it("and nothing that is right is", () => {
    expect(problemsOf({})).toEqual([]);
    expect(problemsOf({ replicas: 5 })).toEqual([]);
    expect(withLogins({ webhook: undefined })).toEqual([]);
    expect(withLogins({ stdout: undefined, webhook: { from: inCluster } })).toEqual([]);
    const unknown = { ...organization, id: later<string>() };
    expect(withOrganizations({ ...unknown, name: "ours" }, { ...unknown, name: "theirs" })).toEqual([]);
    expect(withLogins({ webhook: { from: inCluster, ingress: { host: later<string>() } } })).toEqual([]);
    expect(
      problemsOf({ networkPolicy: { enabled: false }, logins: { ...good.logins, stdout: undefined } }),
    ).toEqual([]);
    const accepted = { logins: { ...good.logins, webhook: { acceptLoginLoss: true } } };
    expect(problemsOf({ ...accepted, storage: { kind: "ephemeral" } })).toEqual([]);
  });
});
