import { describe, expect, test } from "vitest";
import { behaviours } from "../../local/plugins/kubernetes/behaviours";
import type { Fields } from "../../local/plugins/kubernetes/propertyValues";
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
import { HalfDone, Plugin } from "./kubernetesPlugin";
import { specOf, statusOf, usePluginOnCluster } from "./kubernetesSetup";

const on = usePluginOnCluster("waits");
const { namespace } = on;
const unawaited = { "pulumi.com/skipAwait": "true" };

describe("workloads", () => {
  behaves("statefulSetAwaited", async () => {
    const metadata = on.fresh("set");
    const volumes = { volumeClaimTemplates: [claim({ name: "journal" }, "local")] };
    let resource = await on.plugin.create("set", statefulSet(metadata, { ...volumes, replicas: 2 }));
    expect(statusOf(resource)).toMatchObject({ replicas: 2, readyReplicas: 2 });
    const before = statusOf(resource).currentRevision;
    const next = statefulSet(metadata, { ...volumes, replicas: 2 }, SERVES, "2");
    expect((await on.plugin.diff(resource, next)).replaces).toEqual([]);
    resource = await on.plugin.update(resource, next);
    const { currentRevision, updateRevision, readyReplicas } = statusOf(resource);
    expect({ currentRevision, readyReplicas }).toEqual({ currentRevision: updateRevision, readyReplicas: 2 });
    expect(currentRevision).not.toBe(before);
    await on.plugin.delete(resource);
  });

  behaves("deploymentAwaited", async () => {
    const metadata = on.fresh("deployment");
    const resource = await on.plugin.create("deployment", deployment(metadata, metadata.name));
    expect(statusOf(resource)).toMatchObject({ readyReplicas: 1, updatedReplicas: 1 });
    const broken = deployment(metadata, metadata.name, NEVER_READY);
    await expect(on.plugin.update(resource, broken, { timeout: 2 })).rejects.toThrow(/Pods ready/);
    await on.plugin.delete(resource);
  });

  behaves("timeouts", async () => {
    const metadata = on.fresh("late");
    const never = statefulSet(metadata, {}, NEVER_READY);
    const half = await on.plugin
      .create("late", never, { timeout: 2 })
      .catch((error: unknown) => error as HalfDone);
    expect(half).toBeInstanceOf(HalfDone);
    const { id, state, reasons, message } = half as HalfDone;
    expect(id).toBe(`${namespace}/${metadata.name}`);
    expect(state).toMatchObject({ kind: "StatefulSet", __inputs: { kind: "StatefulSet" } });
    expect(`${message}${reasons.join()}`).toMatch(/0\/1 Pods/);
    const annotated = on.fresh("late", { "pulumi.com/timeoutSeconds": "1" });
    await expect(on.plugin.create("late", statefulSet(annotated, {}, NEVER_READY))).rejects.toThrow(
      /0\/1 Pods/,
    );
  });

  test("a wait that fails says what is wrong with the Pods", async () => {
    const crashing = statefulSet(on.fresh("crash"), {}, "process.exit(3)");
    await expect(on.plugin.create("crash", crashing, { timeout: 6 })).rejects.toThrow(
      /Pod crash-\d+-0: container main: \[CrashLoopBackOff\].*exit code 3/s,
    );
  });

  behaves("refreshUnready", async () => {
    const metadata = on.fresh("unready", unawaited);
    const awaited = statefulSet({ name: metadata.name, namespace }, {}, NEVER_READY);
    const resource = await on.plugin.create("unready", statefulSet(metadata, {}, NEVER_READY));
    await expect
      .poll(async () => (await on.live("statefulset", metadata.name)).status.replicas, { timeout: 30_000 })
      .toBe(1);
    const read = on.plugin.read({ ...resource, inputs: awaited });
    const half = await read.catch((error: unknown) => error as HalfDone);
    expect(half).toBeInstanceOf(HalfDone);
    expect((half as HalfDone).state).toMatchObject({ kind: "StatefulSet", status: { replicas: 1 } });
    expect((half as HalfDone).reasons.join()).toMatch(/0\/1 Pods/);
    expect(await on.plugin.read(resource), "with skipAwait").toBeDefined();
  });

  behaves("skipAwait", async () => {
    const metadata = on.fresh("skipped", unawaited);
    const resource = await on.plugin.create("skipped", statefulSet(metadata, {}, NEVER_READY));
    expect(statusOf(resource).readyReplicas).toBeUndefined();
    await on.plugin.delete(resource);
  });

  test("a cancelled wait ends at once and keeps the object", async () => {
    const other = await Plugin.start({ kubeconfig: on.cluster.kubeconfig, namespace });
    try {
      const metadata = on.fresh("cancelled");
      const creating = other.create("cancelled", statefulSet(metadata, {}, NEVER_READY));
      const outcome = creating.catch((error: unknown) => error as HalfDone);
      await expect.poll(() => on.live("statefulset", metadata.name).catch(() => undefined)).toBeDefined();
      await other.cancel();
      expect(await outcome).toBeInstanceOf(HalfDone);
    } finally {
      await other.stop();
    }
  });
});

describe("other kinds", () => {
  behaves("serviceAwaited", async () => {
    const headless = await on.plugin.create("headless", service(on.fresh("headless"), { clusterIP: "None" }));
    expect(specOf(headless).clusterIP).toBe("None");
    const metadata = on.fresh("backed");
    const selector = { app: metadata.name };
    const set = statefulSet({ ...metadata, annotations: unawaited }, {}, NEVER_READY);
    await on.plugin.create("set", set);
    await expect
      .poll(async () => (await on.live("pod", `${metadata.name}-0`).catch(() => ({}))).status?.podIP, {
        timeout: 30_000,
      })
      .toBeDefined();
    const unready = on.plugin.create("backed", service(metadata, { selector }), { timeout: 1 });
    await expect(unready).rejects.toThrow(/1 selected Pods are not ready/);
    const nobody = await on.plugin.create(
      "nobody",
      service(on.fresh("nobody"), { selector: { app: "nobody" } }),
    );
    expect(specOf(nobody).clusterIP).toMatch(/^10\.96\.0\./);
  });

  behaves("claimAwaited", async () => {
    const waiting = await on.plugin.create("waiting", claim(on.fresh("claim"), "local"));
    expect(statusOf(waiting).phase).toBe("Pending");
    const metadata = on.fresh("claim");
    const bound = await on.plugin.create("bound", claim(metadata, "local-immediate"));
    expect(statusOf(bound).phase).toBe("Bound");
    const grown = await on.plugin.update(bound, claim(metadata, "local-immediate", "20Mi"));
    expect(specOf(grown).resources).toEqual({ requests: { storage: "20Mi" } });
    await expect
      .poll(async () => (await on.live("pvc", metadata.name)).status.capacity.storage, { timeout: 10_000 })
      .toBe("20Mi");
    await expect(
      on.plugin.create("lost", claim(on.fresh("claim"), "missing"), { timeout: 1 }),
    ).rejects.toThrow(/not bound/);
  });

  behaves("ingressAwaited", async () => {
    const metadata = on.fresh("ingress");
    const backend = { service: { name: "nobody", port: { number: 80 } } };
    const ingress: Fields = {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata,
      spec: { rules: [{ host: "a.test", http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }] },
    };
    const creating = on.plugin.create("ingress", ingress);
    await expect.poll(() => on.live("ingress", metadata.name).catch(() => undefined)).toBeDefined();
    const status = '{"status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.1"}]}}}';
    const target = ["ingress", metadata.name, "-n", namespace, "--subresource=status"];
    await on.cluster.kubectl("patch", ...target, "--type=merge", "-p", status);
    expect(statusOf(await creating)).toMatchObject({ loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } });
  });

  behaves("customResource", async () => {
    const group = `${namespace}.example.test`;
    await on.cluster.applyManifest(
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
      await on.cluster.kubectl("wait", "--for=condition=Established", `crd/monitors.${group}`);
      const monitor = (interval: string, metadata: Fields): Fields => ({
        apiVersion: `${group}/v1`,
        kind: "Monitor",
        metadata,
        spec: { endpoints: [{ interval }], none: [] },
      });
      // The garbage collector, which foreground deletion needs, learns of a new kind after half a minute.
      const metadata = on.fresh("monitor", { "pulumi.com/deletionPropagationPolicy": "background" });
      let resource = await on.plugin.create("monitor", monitor("5s", metadata));
      expect((await on.plugin.diff(resource, monitor("5s", metadata))).changes).toBe(false);
      expect((await on.plugin.diff(resource, monitor("9s", metadata))).detail).toEqual({
        "spec.endpoints[0].interval": "UPDATE",
      });
      resource = await on.plugin.update(resource, monitor("9s", metadata));
      expect(specOf(resource)).toEqual({ endpoints: [{ interval: "9s" }], none: [] });
      const stray = { ...resource, state: { ...resource.state, apiVersion: `${group}/v9` } };
      await on.plugin.delete(stray);
      await on.plugin.delete(resource);
    } finally {
      await on.cluster.kubectl("delete", "crd", `monitors.${group}`);
    }
    const other = await Plugin.start({ kubeconfig: on.cluster.kubeconfig, namespace });
    try {
      const missing = { apiVersion: `${group}/v1`, kind: "Missing", metadata: on.fresh("missing") };
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
    const metadata = on.fresh("finalized");
    const resource = await on.plugin.create(
      "finalized",
      configMap({}, { ...metadata, finalizers: ["example.test/hold"] }),
    );
    const half = await on.plugin
      .delete(resource, { timeout: 1 })
      .catch((error: unknown) => error as HalfDone);
    expect((half as HalfDone).message).toMatch(/finalizers: example.test\/hold/);
    const deleting = on.plugin.delete(resource);
    const release = '{"metadata":{"finalizers":null}}';
    await on.cluster.kubectl(
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
    await expect(on.live("configmap", metadata.name)).rejects.toThrow(/not found/);
    const owner = on.fresh("owner");
    const set = await on.plugin.create("owner", statefulSet(owner, {}));
    await on.plugin.delete(set);
    await expect(on.live("pod", `${owner.name}-0`), "its Pod is gone before it").rejects.toThrow(/not found/);
  });

  behaves("deleteBackground", async () => {
    const orphaning = on.fresh("orphaning", { "pulumi.com/deletionPropagationPolicy": "orphan" });
    const set = await on.plugin.create("orphaning", statefulSet(orphaning, {}));
    await on.plugin.delete(set);
    const pod = await on.live("pod", `${orphaning.name}-0`);
    expect(pod.metadata.ownerReferences).toBeUndefined();
    await on.cluster.kubectl("delete", "pod", `${orphaning.name}-0`, "-n", namespace, "--wait=false");
  });
});

test("every line of the table of behaviours has a test", async () => {
  expect(Object.keys(behaviours).filter((key) => !testedBehaviours().has(key))).toEqual([]);
});
