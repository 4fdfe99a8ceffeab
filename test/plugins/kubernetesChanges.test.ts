import { describe, expect } from "vitest";
import type { Fields } from "../../local/plugins/kubernetes/propertyValues";
import { behaves } from "./kubernetesBehaviours";
import { claim, configMap, deployment, secretObject, service, statefulSet } from "./kubernetesManifests";
import { Plugin } from "./kubernetesPlugin";
import { metadataOf, usePluginOnCluster } from "./kubernetesSetup";

const on = usePluginOnCluster("changes");
const { namespace } = on;

describe("updates in place", () => {
  behaves("noChange", async () => {
    for (const given of [
      configMap({ a: "1" }, on.fresh("same")),
      configMap({}, { ...on.fresh("same"), labels: {} }),
      service(on.fresh("same"), { clusterIP: "None" }),
      claim(on.fresh("same"), "local"),
      statefulSet({ ...on.fresh("same"), annotations: { "pulumi.com/skipAwait": "true" } }, { replicas: 0 }),
    ]) {
      const resource = await on.plugin.create("same", given);
      expect(await on.plugin.diff(resource, given), String(given.kind)).toMatchObject({
        changes: false,
        detail: {},
      });
    }
  });

  behaves("applyRemoves", async () => {
    const metadata = on.fresh("removes");
    const labelled = (labels: Fields) => configMap({ a: "1" }, { ...metadata, labels });
    let resource = await on.plugin.create("removes", labelled({ one: "1", two: "2" }));
    resource = await on.plugin.update(resource, labelled({ one: "1" }));
    expect(metadataOf(resource).labels).toEqual({ one: "1" });
    resource = await on.plugin.update(resource, configMap({ a: "1" }, metadata));
    expect(metadataOf(resource).labels).toBeUndefined();
  });

  behaves("othersFieldsStay", async () => {
    const metadata = on.fresh("shared");
    const resource = await on.plugin.create("shared", configMap({ a: "1" }, metadata));
    await on.cluster.kubectl(
      "label",
      "configmap",
      metadata.name,
      "-n",
      namespace,
      "theirs=1",
      "--field-manager=other",
    );
    const updated = await on.plugin.update(
      resource,
      configMap({ a: "1" }, { ...metadata, labels: { ours: "1" } }),
    );
    expect(metadataOf(updated).labels).toEqual({ ours: "1", theirs: "1" });
  });

  const contested = async (annotations: Fields) => {
    const metadata = { ...on.fresh("contested"), annotations };
    const labelled = (value: string) => configMap({}, { ...metadata, labels: { contested: value } });
    let resource = await on.plugin.create("contested", labelled("ours"));
    resource = await on.plugin.update(resource, labelled("ours-2"));
    const target = ["configmap", metadata.name, "-n", namespace];
    await on.cluster.kubectl("label", ...target, "contested=theirs", "--overwrite", "--field-manager=other");
    return () => on.plugin.update(resource, labelled("ours-3"));
  };

  behaves("conflict", async () => {
    const update = await contested({});
    await expect(update()).rejects.toThrow(/apply conflict.*"other"/s);
  });

  behaves("patchForce", async () => {
    const update = await contested({ "pulumi.com/patchForce": "true" });
    expect(metadataOf(await update()).labels).toEqual({ contested: "ours-3" });
  });

  behaves("ignoreChanges", async () => {
    const metadata = on.fresh("checkpoint");
    const initial = configMap({ checkpoint: "" }, metadata);
    let resource = await on.plugin.create("checkpoint", initial);
    const target = ["configmap", metadata.name, "-n", namespace];
    await on.cluster.kubectl(
      "patch",
      ...target,
      "--type=merge",
      "-p",
      '{"data":{"checkpoint":"far"}}',
      "--field-manager=pod",
    );
    resource = (await on.plugin.read(resource))!;
    expect((await on.plugin.diff(resource, initial)).replaces, "without ignoreChanges").toEqual([
      "data.checkpoint",
    ]);
    expect((await on.plugin.diff(resource, initial, ["data"])).changes, "with ignoreChanges").toBe(false);
    const labelled = configMap({ checkpoint: "" }, { ...metadata, labels: { version: "2" } });
    resource = await on.plugin.update(resource, labelled, { ignoreChanges: ["data"] });
    expect(metadataOf(resource).labels).toEqual({ version: "2" });
    expect(await on.live("configmap", metadata.name)).toMatchObject({ data: { checkpoint: "far" } });
    await on.cluster.kubectl(
      "patch",
      ...target,
      "--type=merge",
      "-p",
      '{"data":{"checkpoint":"farther"}}',
      "--field-manager=pod",
    );
    expect(await on.live("configmap", metadata.name)).toMatchObject({ data: { checkpoint: "farther" } });
  });
});

describe("replacement", () => {
  const diffOf = async (before: Fields, changed: Fields) =>
    on.plugin.diff(await on.plugin.create("changed", before), changed);

  behaves("configMapReplaced", async () => {
    const metadata = on.fresh("data");
    const found = await diffOf(configMap({ a: "1" }, metadata), configMap({ a: "2", "b.c": "3" }, metadata));
    expect(found).toMatchObject({ changes: true, deleteBeforeReplace: true });
    expect(found.detail).toEqual({ "data.a": "UPDATE_REPLACE", 'data["b.c"]': "ADD_REPLACE" });
    const immutable = on.fresh("data");
    const frozen = (data: Fields) => configMap(data, immutable, { immutable: true });
    expect((await diffOf(frozen({ a: "1" }), frozen({}))).detail).toEqual({ data: "DELETE_REPLACE" });
  });

  behaves("secretReplaced", async () => {
    const metadata = on.fresh("secret");
    const typed = (type: string, data: Fields) => secretObject(metadata, { type, data });
    const resource = await on.plugin.create("secret", typed("Opaque", { a: "MQ==" }));
    expect((await on.plugin.diff(resource, typed("Opaque", { a: "Mg==" }))).replaces).toEqual(["data.a"]);
    expect((await on.plugin.diff(resource, typed("test/other", { a: "MQ==" }))).replaces).toEqual(["type"]);
  });

  behaves("configMapMutable", async () => {
    const mutable = await Plugin.start({
      kubeconfig: on.cluster.kubeconfig,
      namespace,
      enableConfigMapMutable: "true",
    });
    try {
      const metadata = on.fresh("mutable");
      const resource = await mutable.create("mutable", configMap({ a: "1" }, metadata));
      expect((await mutable.diff(resource, configMap({ a: "2" }, metadata))).replaces).toEqual([]);
      const updated = await mutable.update(resource, configMap({ a: "2" }, metadata));
      expect(updated.state.data).toEqual({ a: "2" });
      const frozen = await mutable.diff(updated, configMap({ a: "3" }, metadata, { immutable: true }));
      expect(frozen.replaces).toEqual(["data.a"]);
    } finally {
      await mutable.stop();
    }
  });

  behaves("metadataInPlace", async () => {
    const metadata = on.fresh("labels");
    const found = await diffOf(
      configMap({ a: "1" }, metadata),
      configMap({ a: "1" }, { ...metadata, labels: { b: "1" }, annotations: { "c.d/e": "1" } }),
    );
    expect(found).toMatchObject({ replaces: [], deleteBeforeReplace: false });
    expect(found.detail).toEqual({ "metadata.labels": "ADD", "metadata.annotations": "ADD" });
  });

  behaves("identityReplaces", async () => {
    const before = configMap({}, on.fresh("identity"));
    const renamed = await diffOf(before, configMap({}, on.fresh("identity")));
    expect(renamed).toMatchObject({ replaces: ["metadata.name"], deleteBeforeReplace: false });
    const metadata = on.fresh("identity");
    const moved = await diffOf(configMap({}, metadata), configMap({}, { ...metadata, namespace: "default" }));
    expect(moved).toMatchObject({ replaces: ["metadata.namespace"], deleteBeforeReplace: false });
  });

  behaves("deleteBeforeReplace", async () => {
    const metadata = on.fresh("named");
    const named = await diffOf(configMap({ a: "1" }, metadata), configMap({ a: "2" }, metadata));
    expect(named.deleteBeforeReplace).toBe(true);
    const autonamed = await diffOf(configMap({ a: "1" }, {}), configMap({ a: "2" }, {}));
    expect(autonamed).toMatchObject({ replaces: ["data.a"], deleteBeforeReplace: false });
  });

  behaves("statefulSetReplaced", async () => {
    const metadata = { ...on.fresh("set"), annotations: { "pulumi.com/skipAwait": "true" } };
    const resource = await on.plugin.create("set", statefulSet(metadata, { replicas: 0 }));
    const replaces = async (spec: Fields) =>
      (await on.plugin.diff(resource, statefulSet(metadata, { replicas: 0, ...spec }))).replaces;
    expect(await replaces({ podManagementPolicy: "OrderedReady" })).toEqual(["spec.podManagementPolicy"]);
    expect(await replaces({ serviceName: "other" })).toEqual(["spec.serviceName"]);
    expect(await replaces({ revisionHistoryLimit: 3 })).toEqual(["spec.revisionHistoryLimit"]);
    expect(await replaces({ selector: { matchLabels: { app: "other" } } })).toEqual([
      "spec.selector.matchLabels.app",
    ]);
    const templates = [claim({ name: "journal" }, "local")];
    expect(await replaces({ volumeClaimTemplates: templates })).toEqual(["spec.volumeClaimTemplates"]);
    expect(await replaces({ replicas: 2, updateStrategy: { type: "OnDelete" } })).toEqual([]);
    const immutable = on.plugin.update(
      resource,
      statefulSet(metadata, { replicas: 0, serviceName: "other" }),
    );
    await expect(immutable, "the API server agrees").rejects.toThrow(/are forbidden/);
  });

  behaves("claimReplaced", async () => {
    const metadata = on.fresh("claim");
    const resource = await on.plugin.create("claim", claim(metadata, "local"));
    expect((await on.plugin.diff(resource, claim(metadata, "local-immediate"))).replaces).toEqual([
      "spec.storageClassName",
    ]);
    const grown = await on.plugin.diff(resource, claim(metadata, "local", "20Mi"));
    expect(grown.detail).toEqual({ "spec.resources.requests.storage": "UPDATE" });
  });

  behaves("otherKindsReplaced", async () => {
    const served = on.fresh("service");
    const address = await diffOf(
      service(served, { clusterIP: "None" }),
      service(served, { clusterIP: "10.96.0.99" }),
    );
    expect(address.replaces).toEqual(["spec.clusterIP"]);
    const rbac = { apiVersion: "rbac.authorization.k8s.io/v1" };
    const binding = (metadata: Fields, name: string): Fields => ({
      ...rbac,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name: "default", namespace }],
    });
    const bound = on.fresh("binding");
    expect((await diffOf(binding(bound, "one"), binding(bound, "two"))).replaces).toEqual(["roleRef.name"]);
    const unawaited = { ...on.fresh("deployment"), annotations: { "pulumi.com/skipAwait": "true" } };
    const relabelled = await diffOf(deployment(unawaited, "one"), deployment(unawaited, "two"));
    expect(relabelled.replaces).toEqual(["spec.selector.matchLabels.app"]);

    const role = (metadata: Fields, verbs: string[]): Fields => ({
      ...rbac,
      kind: "Role",
      metadata,
      rules: [{ apiGroups: [""], resources: ["configmaps"], verbs }],
    });
    const policy = (metadata: Fields, port: number): Fields => ({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata,
      spec: { podSelector: {}, policyTypes: ["Egress"], egress: [{ ports: [{ port, protocol: "TCP" }] }] },
    });
    const budget = (metadata: Fields, minAvailable: number): Fields => ({
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata,
      spec: { minAvailable, selector: { matchLabels: { app: "one" } } },
    });
    for (const [metadata, before, changed] of [
      [on.fresh("role"), (m: Fields) => role(m, ["get"]), (m: Fields) => role(m, ["get", "patch"])],
      [on.fresh("policy"), (m: Fields) => policy(m, 443), (m: Fields) => policy(m, 8443)],
      [on.fresh("budget"), (m: Fields) => budget(m, 1), (m: Fields) => budget(m, 2)],
    ] as const) {
      const resource = await on.plugin.create("other", before(metadata));
      const found = await on.plugin.diff(resource, changed(metadata));
      expect(found, metadata.name).toMatchObject({ changes: true, replaces: [] });
      const updated = await on.plugin.update(resource, changed(metadata));
      expect((await on.plugin.diff(updated, changed(metadata))).changes, metadata.name).toBe(false);
    }
  });
});
