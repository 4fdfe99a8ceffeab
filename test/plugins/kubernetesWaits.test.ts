import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { behaviours } from "../../local/plugins/kubernetes/behaviours";
import { type Fields, reveal } from "../../local/plugins/kubernetes/propertyValues";
import { ensureCluster, type TestCluster } from "../cluster/cluster";
import { behaves, testedBehaviours } from "./kubernetesBehaviours";
import {
  claim,
  configMap,
  deployment,
  NEVER_READY,
  SERVES,
  service,
  statefulSet,
} from "./kubernetesManifests";
import { type EngineResource, HalfDone, Plugin } from "./kubernetesPlugin";

let cluster: TestCluster;
let plugin: Plugin;
const namespace = `waits-${randomBytes(4).toString("hex")}`;
let made = 0;
const fresh = (kind: string, annotations?: Fields): Fields & { name: string } => ({
  name: `${kind}-${++made}`,
  namespace,
  ...(annotations && { annotations }),
});
const unawaited = { "pulumi.com/skipAwait": "true" };

const specOf = ({ state }: EngineResource) => reveal(state.spec!) as Fields;
const statusOf = ({ state }: EngineResource) => reveal(state.status!) as Fields;
const live = async (kind: string, name: string) =>
  JSON.parse(await cluster.kubectl("get", kind, name, "-n", namespace, "-o", "json"));

beforeAll(async () => {
  cluster = await ensureCluster();
  await cluster.kubectl("create", "namespace", namespace);
  await cluster.kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted");
  plugin = await Plugin.start({ kubeconfig: cluster.kubeconfig, namespace });
});
afterAll(async () => {
  await plugin?.stop();
  await cluster?.kubectl("delete", "namespace", namespace, "--wait=false");
  await cluster?.stop();
});

describe("workloads", () => {
  behaves("statefulSetAwaited", async () => {
    const metadata = fresh("set");
    const volumes = { volumeClaimTemplates: [claim({ name: "journal" }, "local")] };
    let resource = await plugin.create("set", statefulSet(metadata, { ...volumes, replicas: 2 }));
    expect(statusOf(resource)).toMatchObject({ replicas: 2, readyReplicas: 2 });
    const before = statusOf(resource).currentRevision;
    const next = statefulSet(metadata, { ...volumes, replicas: 2 }, SERVES, "2");
    expect((await plugin.diff(resource, next)).replaces).toEqual([]);
    resource = await plugin.update(resource, next);
    const { currentRevision, updateRevision, readyReplicas } = statusOf(resource);
    expect({ currentRevision, readyReplicas }).toEqual({ currentRevision: updateRevision, readyReplicas: 2 });
    expect(currentRevision).not.toBe(before);
    await plugin.delete(resource);
  });

  behaves("deploymentAwaited", async () => {
    const metadata = fresh("deployment");
    const resource = await plugin.create("deployment", deployment(metadata, metadata.name));
    expect(statusOf(resource)).toMatchObject({ readyReplicas: 1, updatedReplicas: 1 });
    const broken = deployment(metadata, metadata.name, NEVER_READY);
    await expect(plugin.update(resource, broken, { timeout: 2 })).rejects.toThrow(/Pods ready/);
    await plugin.delete(resource);
  });

  behaves("timeouts", async () => {
    const metadata = fresh("late");
    const never = statefulSet(metadata, {}, NEVER_READY);
    const half = await plugin
      .create("late", never, { timeout: 2 })
      .catch((error: unknown) => error as HalfDone);
    expect(half).toBeInstanceOf(HalfDone);
    const { id, state, reasons, message } = half as HalfDone;
    expect(id).toBe(`${namespace}/${metadata.name}`);
    expect(state).toMatchObject({ kind: "StatefulSet", __inputs: { kind: "StatefulSet" } });
    expect(`${message}${reasons.join()}`).toMatch(/0\/1 Pods/);
    const annotated = fresh("late", { "pulumi.com/timeoutSeconds": "1" });
    await expect(plugin.create("late", statefulSet(annotated, {}, NEVER_READY))).rejects.toThrow(/0\/1 Pods/);
  });

  test("a wait that fails says what is wrong with the Pods", async () => {
    const crashing = statefulSet(fresh("crash"), {}, "process.exit(3)");
    await expect(plugin.create("crash", crashing, { timeout: 6 })).rejects.toThrow(
      /Pod crash-\d+-0: container main: \[CrashLoopBackOff\].*exit code 3/s,
    );
  });

  behaves("refreshUnready", async () => {
    const metadata = fresh("unready", unawaited);
    const awaited = statefulSet({ name: metadata.name, namespace }, {}, NEVER_READY);
    const resource = await plugin.create("unready", statefulSet(metadata, {}, NEVER_READY));
    const read = plugin.read({ ...resource, inputs: awaited });
    const half = await read.catch((error: unknown) => error as HalfDone);
    expect(half).toBeInstanceOf(HalfDone);
    expect((half as HalfDone).state).toMatchObject({ kind: "StatefulSet", status: { replicas: 1 } });
    expect((half as HalfDone).reasons.join()).toMatch(/0\/1 Pods/);
    expect(await plugin.read(resource), "with skipAwait").toBeDefined();
  });

  behaves("skipAwait", async () => {
    const metadata = fresh("skipped", unawaited);
    const resource = await plugin.create("skipped", statefulSet(metadata, {}, NEVER_READY));
    expect(statusOf(resource).readyReplicas).toBeUndefined();
    await plugin.delete(resource);
  });

  test("a cancelled wait ends at once and keeps the object", async () => {
    const other = await Plugin.start({ kubeconfig: cluster.kubeconfig, namespace });
    try {
      const metadata = fresh("cancelled");
      const creating = other.create("cancelled", statefulSet(metadata, {}, NEVER_READY));
      const outcome = creating.catch((error: unknown) => error as HalfDone);
      await expect.poll(() => live("statefulset", metadata.name).catch(() => undefined)).toBeDefined();
      await other.cancel();
      expect(await outcome).toBeInstanceOf(HalfDone);
    } finally {
      await other.stop();
    }
  });
});

describe("other kinds", () => {
  behaves("serviceAwaited", async () => {
    const headless = await plugin.create("headless", service(fresh("headless"), { clusterIP: "None" }));
    expect(specOf(headless).clusterIP).toBe("None");
    const metadata = fresh("backed");
    const selector = { app: metadata.name };
    const set = statefulSet({ ...metadata, annotations: unawaited }, {}, NEVER_READY);
    await plugin.create("set", set);
    await expect
      .poll(async () => (await live("pod", `${metadata.name}-0`).catch(() => ({}))).status?.podIP, {
        timeout: 30_000,
      })
      .toBeDefined();
    const unready = plugin.create("backed", service(metadata, { selector }), { timeout: 1 });
    await expect(unready).rejects.toThrow(/1 selected Pods are not ready/);
    const nobody = await plugin.create("nobody", service(fresh("nobody"), { selector: { app: "nobody" } }));
    expect(specOf(nobody).clusterIP).toMatch(/^10\.96\.0\./);
  });

  behaves("claimAwaited", async () => {
    const waiting = await plugin.create("waiting", claim(fresh("claim"), "local"));
    expect(statusOf(waiting).phase).toBe("Pending");
    const metadata = fresh("claim");
    const bound = await plugin.create("bound", claim(metadata, "local-immediate"));
    expect(statusOf(bound).phase).toBe("Bound");
    const grown = await plugin.update(bound, claim(metadata, "local-immediate", "20Mi"));
    expect(specOf(grown).resources).toEqual({ requests: { storage: "20Mi" } });
    await expect
      .poll(async () => (await live("pvc", metadata.name)).status.capacity.storage, { timeout: 10_000 })
      .toBe("20Mi");
    await expect(plugin.create("lost", claim(fresh("claim"), "missing"), { timeout: 1 })).rejects.toThrow(
      /not bound/,
    );
  });

  behaves("ingressAwaited", async () => {
    const metadata = fresh("ingress");
    const backend = { service: { name: "nobody", port: { number: 80 } } };
    const ingress: Fields = {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata,
      spec: { rules: [{ host: "a.test", http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }] },
    };
    const creating = plugin.create("ingress", ingress);
    await expect.poll(() => live("ingress", metadata.name).catch(() => undefined)).toBeDefined();
    const status = '{"status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.1"}]}}}';
    const target = ["ingress", metadata.name, "-n", namespace, "--subresource=status"];
    await cluster.kubectl("patch", ...target, "--type=merge", "-p", status);
    expect(statusOf(await creating)).toMatchObject({ loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } });
  });

  behaves("customResource", async () => {
    const group = `${namespace}.example.test`;
    await cluster.applyManifest(
      JSON.stringify({
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: `monitors.${group}` },
        spec: {
          group,
          scope: "Namespaced",
          names: { plural: "monitors", kind: "Monitor" },
          versions: [
            {
              name: "v1",
              served: true,
              storage: true,
              schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
            },
          ],
        },
      }),
    );
    try {
      await cluster.kubectl("wait", "--for=condition=Established", `crd/monitors.${group}`);
      const monitor = (interval: string, metadata: Fields): Fields => ({
        apiVersion: `${group}/v1`,
        kind: "Monitor",
        metadata,
        spec: { endpoints: [{ interval }], none: [] },
      });
      // The garbage collector, which foreground deletion needs, learns of a new kind after half a minute.
      const metadata = fresh("monitor", { "pulumi.com/deletionPropagationPolicy": "background" });
      let resource = await plugin.create("monitor", monitor("5s", metadata));
      expect((await plugin.diff(resource, monitor("5s", metadata))).changes).toBe(false);
      expect((await plugin.diff(resource, monitor("9s", metadata))).detail).toEqual({
        "spec.endpoints[0].interval": "UPDATE",
      });
      resource = await plugin.update(resource, monitor("9s", metadata));
      expect(specOf(resource)).toEqual({ endpoints: [{ interval: "9s" }], none: [] });
      const stray = { ...resource, state: { ...resource.state, apiVersion: `${group}/v9` } };
      await plugin.delete(stray);
      await plugin.delete(resource);
    } finally {
      await cluster.kubectl("delete", "crd", `monitors.${group}`);
    }
    const other = await Plugin.start({ kubeconfig: cluster.kubeconfig, namespace });
    try {
      const missing = { apiVersion: `${group}/v1`, kind: "Missing", metadata: fresh("missing") };
      const outcome = other.create("missing", missing).catch((error: Error) => error.message);
      await expect.poll(() => other.said.join("\n"), { timeout: 10_000 }).toMatch(/trying again/);
      await other.cancel();
      expect(await outcome).toMatch(/was not successfully created/);
    } finally {
      await other.stop();
    }
  });
});

describe("deletion", () => {
  behaves("deleteWaits", async () => {
    const metadata = fresh("finalized");
    const resource = await plugin.create(
      "finalized",
      configMap({}, { ...metadata, finalizers: ["example.test/hold"] }),
    );
    const half = await plugin.delete(resource, { timeout: 1 }).catch((error: unknown) => error as HalfDone);
    expect((half as HalfDone).message).toMatch(/finalizers: example.test\/hold/);
    const deleting = plugin.delete(resource);
    const release = '{"metadata":{"finalizers":null}}';
    await cluster.kubectl(
      "patch",
      "configmap",
      metadata.name,
      "-n",
      namespace,
      "--type=merge",
      "-p",
      release,
    );
    await deleting;
    await expect(live("configmap", metadata.name)).rejects.toThrow(/not found/);
    const owner = fresh("owner");
    const set = await plugin.create("owner", statefulSet(owner, {}));
    await plugin.delete(set);
    await expect(live("pod", `${owner.name}-0`), "its Pod is gone before it").rejects.toThrow(/not found/);
  });

  behaves("deleteBackground", async () => {
    const orphaning = fresh("orphaning", { "pulumi.com/deletionPropagationPolicy": "orphan" });
    const set = await plugin.create("orphaning", statefulSet(orphaning, {}));
    await plugin.delete(set);
    const pod = await live("pod", `${orphaning.name}-0`);
    expect(pod.metadata.ownerReferences).toBeUndefined();
    await cluster.kubectl("delete", "pod", `${orphaning.name}-0`, "-n", namespace, "--wait=false");
  });
});

test("every line of the table of behaviours has a test", async () => {
  expect(Object.keys(behaviours).filter((key) => !testedBehaviours().has(key))).toEqual([]);
});
