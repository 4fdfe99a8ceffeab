import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { buildProducts } from "../../local/run/build";
import type { RecordedRequest } from "../sdk/recordingEngine";
import { plainEnvironment, recordPreview } from "./recordedPreview";

const root = join(__dirname, "..", "..");
beforeAll(() => buildProducts((line) => console.log(line)), 120_000);

const logins = {
  organizations: [{ id: "301" }],
  secrets: ["2026-11"],
  stdout: { namespace: "zitadel" },
  webhook: { from: [{ namespaceLabels: { name: "ingress" } }], ingress: { host: "logins.example.com" } },
};
const program = {
  folder: root,
  project: "zitadel-siem",
  config: {
    "zitadel-siem:domain": "zitadel.example.com",
    "zitadel-siem:adminKey": "{}",
    "zitadel-siem:organizationId": "301",
    "zitadel-siem:readerKeys": '[{"name":"2026-11","expires":"2099-11-01T00:00:00Z"}]',
    "zitadel-siem:namespace": "audit",
    "zitadel-siem:destinationUrl": "https://siem.example.com/records",
    "zitadel-siem:destinationToken": "token",
    "zitadel-siem:logins": JSON.stringify(logins),
  },
  secretKeys: ["zitadel-siem:adminKey", "zitadel-siem:destinationToken"],
};

/** The fields by which objects name others that have to be there before, and the kinds of those. */
const fields: Record<string, string> = {
  serviceAccountName: "ServiceAccount",
  serviceName: "Service",
  service: "Service",
  configMap: "ConfigMap",
  secret: "Secret",
  secretRef: "Secret",
  configMapRef: "ConfigMap",
};

/** What an object names: `Role audit-log-checkpoint`. */
function named(value: unknown, field = ""): string[] {
  if (typeof value !== "string" && (typeof value !== "object" || value === null)) return [];
  if (field === "roleRef") {
    const { kind, name } = value as { kind: string; name: string };
    return [`${kind} ${name}`];
  }
  const kind = fields[field];
  if (kind && typeof value === "string") return [`${kind} ${value}`];
  if (typeof value === "string") return [];
  const { name } = value as { name?: unknown };
  return [
    ...(kind && typeof name === "string" ? [`${kind} ${name}`] : []),
    ...Object.entries(value).flatMap(([inner, item]) => named(item, Array.isArray(value) ? field : inner)),
  ];
}

it("every object comes after those of the stack that it names", async () => {
  const environment = { ...plainEnvironment(), PULUMI_NODEJS_TRANSPILE_ONLY: "true" };
  const requests = await recordPreview(program, environment);
  const objects = requests.filter(({ message }) => /^kubernetes:.*\//.test(String(message.type)));
  const manifest = ({ message }: RecordedRequest) =>
    message.object as { kind: string; metadata: { name: string }; spec?: object; roleRef?: object };
  const urnOf = ({ name, message }: RecordedRequest) => `urn:pulumi:stack::project::${message.type}::${name}`;
  const byName = new Map(
    objects.map((one) => [`${manifest(one).kind} ${manifest(one).metadata.name}`, urnOf(one)]),
  );
  const links = objects.flatMap((one) => {
    const { kind, metadata, spec, roleRef } = manifest(one);
    const dependencies = (one.message.dependenciesList ?? []) as string[];
    return [...new Set(named({ spec, roleRef }))]
      .filter((name) => byName.has(name))
      .map((name) => ({
        link: `${kind} ${metadata.name} after ${name}`,
        declared: dependencies.includes(byName.get(name)!),
      }));
  });
  console.log(links.map(({ link }) => link).join("\n"));
  expect(links.filter(({ link }) => link.startsWith("RoleBinding")).length).toBe(2);
  expect(links.filter(({ link }) => link.startsWith("StatefulSet")).length).toBeGreaterThan(4);
  expect(links.filter(({ link }) => link.startsWith("Ingress")).length).toBe(1);
  expect(links.filter(({ declared }) => !declared)).toEqual([]);
}, 120_000);
