import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { stringify } from "yaml";
import { useFolderPrograms } from "./folderPrograms";
import type { Stage } from "./stage";

/* What a cluster asks of the pods, from a program in TypeScript's runtime and in YAML: both declare the very same. */

const root = join(__dirname, "..", "..");
let stage: Stage;
const engine = useFolderPrograms((opened) => {
  stage = opened;
});

const forwarder = (domain: string, namespace: string) => ({
  zitadel: { domain },
  reader: { existingKey: { secret: { name: "zitadel-reader", key: "key.json" } } },
  events: { startFrom: "beginning" },
  destinations: [{ name: "soc", http: { url: "https://siem.example.com/records" } }],
  namespace,
  createNamespace: true,
  labels: { "example.com/cost-centre": "4711" },
  annotations: { "example.com/owner": "security" },
  serviceAccount: { annotations: { "azure.workload.identity/client-id": "17" } },
  imageRegistry: "registry.example.com/hub",
  imagePullPolicy: "Always",
  assignedUserIds: true,
  podTemplate: {
    labels: { "azure.workload.identity/use": "true" },
    nodeSelector: { pool: "security" },
    tolerations: [{ key: "dedicated", operator: "Equal", value: "security", effect: "NoSchedule" }],
    environment: { TZ: { value: "Europe/Zurich" } },
    sidecars: [{ name: "agent", image: "registry.example.com/agent:1" }],
  },
});

/** Two instances of ZITADEL in one program. */
const both = {
  first: forwarder("one.example.com", "audit-one"),
  second: forwarder("two.example.com", "audit-two"),
};

function programFolder(name: string, files: Record<string, string>): string {
  const folder = join(stage.folder, name);
  mkdirSync(folder);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** What a preview plans for Kubernetes: the inputs by type and name, without what the engine adds. */
async function planned(folder: string): Promise<Map<string, Record<string, unknown>>> {
  const { events, diagnostics } = await (await engine().folderStack({ folder })).preview();
  expect(diagnostics).toEqual([]);
  return new Map(
    events.flatMap(({ resourcePreEvent }) => {
      const { type, urn, new: planned } = resourcePreEvent?.metadata ?? {};
      if (!type?.startsWith("kubernetes:") || !planned) return [];
      return [[`${type} ${urn!.split("::").at(-1)}`, planned.inputs as Record<string, unknown>]];
    }),
  );
}

it("two instances, each with an overlay, are declared alike by JavaScript and YAML", async () => {
  const script = Object.entries(both).map(
    ([name, args]) => `new Forwarder(${JSON.stringify(name)}, ${JSON.stringify(args)});`,
  );
  const inNode = await planned(
    programFolder("fitted-js", {
      "Pulumi.yaml": "name: fitted\nruntime: nodejs\n",
      "package.json": '{ "main": "index.js" }',
      "index.js": `const { Forwarder } = require("zitadel-siem");\n${script.join("\n")}\n`,
    }),
  );
  const resources = Object.entries(both).map(([name, properties]) => [
    name,
    { type: "zitadel-siem:index:Forwarder", properties },
  ]);
  const inYaml = await planned(
    programFolder("fitted-yaml", {
      "Pulumi.yaml": stringify({ name: "fitted", runtime: "yaml", resources: Object.fromEntries(resources) }),
    }),
  );
  expect([...inYaml.keys()].toSorted()).toEqual([...inNode.keys()].toSorted());
  for (const plan of [inNode, inYaml])
    for (const name of Object.keys(both)) {
      const [, set] = [...plan].find(([key]) => key === `kubernetes:apps/v1:StatefulSet ${name}`)!;
      const { template } = set.spec as { template: { metadata: object; spec: Record<string, unknown> } };
      expect(template.metadata).toMatchObject({ labels: { "azure.workload.identity/use": "true" } });
      expect(template.spec).toMatchObject({
        nodeSelector: { pool: "security" },
        tolerations: both.first.podTemplate.tolerations,
      });
      const containers = template.spec.containers as {
        name: string;
        image: string;
        imagePullPolicy: string;
      }[];
      expect(containers.map((container) => container.name)).toContain("agent");
      expect(containers[0]!.image).toMatch(/^registry\.example\.com\/hub\//);
      expect(containers[0]!.imagePullPolicy).toBe("Always");
      expect(JSON.stringify(template.spec.securityContext)).not.toMatch(/runAsUser|fsGroup"/);
    }
  for (const [key, inputs] of inNode) {
    const { metadata } = inputs as { metadata: { labels?: object; annotations?: object } };
    expect(metadata.labels, key).toMatchObject({ "example.com/cost-centre": "4711" });
    expect(metadata.annotations, key).toMatchObject({ "example.com/owner": "security" });
  }
  console.log(`${inNode.size} objects of two instances, the same from both`);
  expect(inNode.size).toBeGreaterThan(15);
});
