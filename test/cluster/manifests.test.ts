import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ValidateFunction } from "ajv";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { restrictedNamespace } from "../../components/kubernetes/namespace";
import { fitted } from "../components/declarations";
import { type Manifest, representativeStacks } from "../components/representativeStacks";
import { ensureCluster, type TestCluster } from "./cluster";
import { schemasOf } from "./openApi";

/** Every manifest of the components against the schema and the admission of a real API server. */
let cluster: TestCluster;
let schemas: Map<string, ValidateFunction>;
const namespace = `manifests-${randomBytes(4).toString("hex")}`;
const folder = mkdtempSync(join(tmpdir(), "zitadel-siem-manifests-"));
const stacks = representativeStacks();
/** Kinds whose definitions the Prometheus Operator or the Gateway API brings: this cluster has neither. */
const isOfAnAddition = ({ apiVersion }: Manifest) =>
  /^(monitoring\.coreos\.com|gateway\.networking\.k8s\.io)\//.test(apiVersion);
const isNamespace = ({ kind }: Manifest) => kind === "Namespace";

/** What a cluster has and a pod's template may name. */
const classes = [
  {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name: fitted.podTemplate!.priorityClassName },
    value: 1000,
  },
  {
    apiVersion: "node.k8s.io/v1",
    kind: "RuntimeClass",
    metadata: { name: fitted.podTemplate!.runtimeClassName },
    handler: "gvisor",
  },
];

beforeAll(async () => {
  cluster = await ensureCluster();
  for (const one of classes) await cluster.applyManifest(JSON.stringify(one));
  await cluster.applyManifest(JSON.stringify(restrictedNamespace({ name: "audit-log", namespace })));
  const versions = [
    ...new Set(Object.values(stacks).flatMap((all) => all.map(({ apiVersion }) => apiVersion))),
  ];
  schemas = await schemasOf(versions, (path) => cluster.kubectl("get", "--raw", path));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await cluster?.kubectl("delete", "namespace", namespace, "--wait=false");
  for (const { kind, metadata } of classes) await cluster?.kubectl("delete", kind, String(metadata.name));
  await cluster?.stop();
});

/** The same objects in the test's namespace, which is ZITADEL's too. */
const placed = (manifests: Manifest[]): Manifest[] =>
  JSON.parse(
    JSON.stringify(manifests).replace(/"namespace":"(audit|zitadel)"/g, `"namespace":"${namespace}"`),
  );

/** Asks the API server to create an object and to change nothing; throws with its refusal. */
async function dryRun(manifest: object): Promise<void> {
  const file = join(folder, `${randomBytes(8).toString("hex")}.json`);
  writeFileSync(file, JSON.stringify(manifest));
  await cluster.kubectl("create", "--dry-run=server", "--validate=strict", "-f", file);
}

const nameOf = ({ kind, metadata }: Manifest) => `${kind} ${metadata.name}`;

/** What the StatefulSet makes pods of. */
function podOf(statefulSet: Manifest): Manifest {
  const { spec } = statefulSet as unknown as {
    spec: { template: { metadata: object; spec: { volumes: object[] } }; volumeClaimTemplates?: Manifest[] };
  };
  const claims = (spec.volumeClaimTemplates ?? []).map(({ metadata: { name } }) => ({
    name,
    persistentVolumeClaim: { claimName: `${name}-${statefulSet.metadata.name}-0` },
  }));
  const volumes = [...spec.template.spec.volumes, ...claims];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...spec.template.metadata, name: `${statefulSet.metadata.name}-0`, namespace },
    ...{ spec: { ...spec.template.spec, volumes } },
  } as Manifest;
}

describe("the manifests of every representative stack", () => {
  test.each(Object.keys(stacks))(
    "%s: fit Kubernetes' OpenAPI schema, without a property that it does not know",
    (name) => {
      const checked = stacks[name]!.filter((manifest) => !isOfAnAddition(manifest));
      const problems = checked.flatMap((manifest) => {
        const validate = schemas.get(`${manifest.apiVersion} ${manifest.kind}`)!;
        return validate(manifest) ? [] : [[nameOf(manifest), validate.errors]];
      });
      expect(problems).toEqual([]);
      console.log(`${name}: ${checked.length} of ${stacks[name]!.length} manifests fit their schema`);
    },
  );

  test.each(Object.keys(stacks))(
    "%s: are taken by the API server, and their pods in a restricted namespace",
    async (name) => {
      const manifests = placed(stacks[name]!).filter((one) => !isOfAnAddition(one) && !isNamespace(one));
      for (const manifest of manifests) await dryRun(manifest);
      // A pod's account must be there before the pod.
      const account = manifests.find(({ kind }) => kind === "ServiceAccount")!;
      await cluster.applyManifest(JSON.stringify(account));
      await dryRun(podOf(manifests.find(({ kind }) => kind === "StatefulSet")!));
      await cluster.kubectl("delete", "serviceaccount", account.metadata.name, "-n", namespace);
      console.log(`${name}: ${manifests.length} objects and their pod taken`);
    },
  );
});

describe("the checks see what is wrong:", () => {
  const statefulSet = () =>
    structuredClone(placed(stacks.minimal!).find(({ kind }) => kind === "StatefulSet")!);

  test("a property that there is not", async () => {
    const wrong = statefulSet() as Manifest & { spec: Record<string, unknown> };
    wrong.spec.replicaz = 1;
    expect(schemas.get("apps/v1 StatefulSet")!(wrong)).toBe(false);
    await expect(dryRun(wrong)).rejects.toThrow(/unknown field "spec.replicaz"/);
  });

  test("a property of another type", async () => {
    const wrong = statefulSet() as Manifest & { spec: Record<string, unknown> };
    wrong.spec.replicas = "one";
    expect(schemas.get("apps/v1 StatefulSet")!(wrong)).toBe(false);
    await expect(dryRun(wrong)).rejects.toThrow();
  });

  test("a pod that asks for more than the level restricted gives", async () => {
    const account = placed(stacks.minimal!).find(({ kind }) => kind === "ServiceAccount")!;
    await cluster.applyManifest(JSON.stringify(account));
    const pod = podOf(statefulSet()) as Manifest & { spec: { securityContext: Record<string, unknown> } };
    pod.spec.securityContext.runAsNonRoot = false;
    await expect(dryRun(pod)).rejects.toThrow(/violates PodSecurity "restricted:latest": runAsNonRoot/);
  });
});
