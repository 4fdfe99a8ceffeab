import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LocalStack } from "../../local/engineStack";
import { ensureCluster, type TestCluster } from "../cluster/cluster";
import { uniqueName, useEngine } from "../engine/stack";
import { claim, service, statefulSet } from "./kubernetesManifests";

/** The plugin under the real engine, against the real API server and node. */
let cluster: TestCluster;
const namespace = `engine-${randomBytes(4).toString("hex")}`;
const engine = useEngine(() => ({ plugins: ["kubernetes"] }));
beforeAll(async () => {
  cluster = await ensureCluster();
});
afterAll(async () => {
  await cluster?.kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait=false");
  await cluster?.stop();
});

const settings = { text: "one", version: "1" };

async function program(): Promise<Record<string, unknown>> {
  const space = new k8s.core.v1.Namespace("space", { metadata: { name: namespace } });
  const place = { namespace: space.metadata.name };
  const config = new k8s.core.v1.ConfigMap("config", {
    metadata: { ...place, name: "config" },
    data: { text: settings.text },
  });
  new k8s.core.v1.Secret("secret", { metadata: place, stringData: { token: "planted-secret" } });
  const metadata = { ...place, name: "app" };
  const fixed = { name: "app" };
  const workload = statefulSet(
    fixed,
    {},
    undefined,
    settings.version,
  ) as unknown as k8s.apps.v1.StatefulSetArgs;
  const journal = claim(fixed, "local") as k8s.core.v1.PersistentVolumeClaimArgs;
  const headless = service(fixed, { clusterIP: "None" }) as k8s.core.v1.ServiceArgs;
  const prerequisites = [
    config,
    new k8s.core.v1.PersistentVolumeClaim("journal", { ...journal, metadata }),
    new k8s.core.v1.Service("app", { ...headless, metadata }),
  ];
  const set = new k8s.apps.v1.StatefulSet("app", { ...workload, metadata }, { dependsOn: prerequisites });
  return { ready: set.status.readyReplicas };
}

const ops = (operation: Awaited<ReturnType<LocalStack["up"]>>, type: string) =>
  operation.steps.filter((step) => step.type.endsWith(`:${type}`)).map(({ op }) => op);

test("a program is previewed, created, left alone, changed, refreshed and destroyed", async () => {
  const stack = await engine().inlineStack({
    project: uniqueName("kubernetes"),
    program,
    config: { "kubernetes:kubeconfig": { secret: await kubeconfig() } },
  });

  const previewed = await stack.preview();
  expect(previewed.changes).toEqual({ create: 7 });
  await expect(cluster.kubectl("get", "namespace", namespace)).rejects.toThrow(/not found/);

  const created = await stack.up();
  expect(created.changes).toEqual({ create: 7 });
  expect(created.outputs.ready!.value).toBe(1);
  expect(await cluster.kubectl("get", "pod", "app-0", "-n", namespace)).toContain("1/1");
  expect(created.output).not.toContain("planted-secret");
  const written = filesBelow(engine().folder);
  expect(
    written.some((text) => text.includes("kubernetes:core/v1:Secret")),
    "the state is found",
  ).toBe(true);
  const planted = ["planted-secret", Buffer.from("planted-secret").toString("base64").slice(0, -2)];
  expect(written.filter((text) => planted.some((secret) => text.includes(secret))).length).toBe(0);

  expect((await stack.up()).changes, "nothing to do").toEqual({ same: 7 });

  Object.assign(settings, { text: "two", version: "2" });
  const changed = await stack.up({ diff: true });
  expect(ops(changed, "ConfigMap")).toEqual(["delete-replaced", "replace", "create-replacement"]);
  expect(ops(changed, "StatefulSet"), "rolled in place").toEqual(["update"]);
  const target = ["-n", namespace, "-o", "jsonpath={.data.text}"];
  expect(await cluster.kubectl("get", "configmap", "config", ...target)).toBe("two");

  await cluster.kubectl("delete", "service", "app", "-n", namespace);
  const repaired = await stack.up();
  expect(ops(repaired, "Service"), "what someone deleted comes back").toEqual(["create"]);

  const destroyed = await stack.destroy();
  expect(destroyed.changes).toEqual({ delete: 7 });
  await expect(cluster.kubectl("get", "namespace", namespace)).rejects.toThrow(/not found/);
});

/** What the engine wrote, but for programs: the state and its backups. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.json(\.bak)?$/.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
}

async function kubeconfig(): Promise<string> {
  return cluster.kubectl("config", "view", "--raw");
}
