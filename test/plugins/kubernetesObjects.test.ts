import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Fields, isSecret, reveal } from "../../local/plugins/kubernetes/propertyValues";
import { ensureCluster, type TestCluster } from "../cluster/cluster";
import { behaves } from "./kubernetesBehaviours";
import { claim, configMap, deployment, secretObject, service, statefulSet } from "./kubernetesManifests";
import { type EngineResource, Plugin } from "./kubernetesPlugin";

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

let cluster: TestCluster;
let plugin: Plugin;
const namespace = `objects-${randomBytes(4).toString("hex")}`;
let made = 0;
/** A name that no other test has. */
const fresh = (kind: string) => ({ name: `${kind}-${++made}`, namespace });

const metadataOf = ({ state }: EngineResource) => reveal(state.metadata!) as Fields;
const get = async (kind: string, name: string): Promise<Fields> =>
  JSON.parse(await cluster.kubectl("get", kind, name, "-n", namespace, "-o", "json"));

beforeAll(async () => {
  cluster = await ensureCluster();
  await cluster.kubectl("create", "namespace", namespace);
  plugin = await Plugin.start({ kubeconfig: cluster.kubeconfig, namespace });
});
afterAll(async () => {
  await plugin?.stop();
  await cluster?.kubectl("delete", "namespace", namespace, "--wait=false");
  await cluster?.stop();
});

describe("names and places", () => {
  behaves("autoname", async () => {
    const resource = await plugin.create("settings", configMap({ a: "1" }, {}));
    const { name, annotations } = metadataOf(resource);
    expect(name).toMatch(/^settings-[0-9a-f]{8}$/);
    expect(annotations).toMatchObject({ "pulumi.com/autonamed": "true" });
    expect(resource.id).toBe(`${namespace}/${name}`);
    const again = await plugin.check("settings", configMap({ a: "1" }, {}));
    expect((again.inputs.metadata as Fields).name, "the same seed gives the same name").toBe(name);
  });

  behaves("autonameKept", async () => {
    const resource = await plugin.create("kept", configMap({ a: "1" }, {}));
    const changed = configMap({ a: "1" }, { labels: { b: "2" } });
    const { inputs } = await plugin.check("kept", changed, resource.inputs, "another seed");
    expect((inputs.metadata as Fields).name).toBe(metadataOf(resource).name);
    const updated = await plugin.update(resource, changed);
    expect(updated.id).toBe(resource.id);
  });

  behaves("noManagedByLabel", async () => {
    const resource = await plugin.create("plain", configMap({}, fresh("plain")));
    expect(metadataOf(resource).labels).toBeUndefined();
  });

  behaves("defaultNamespace", async () => {
    const resource = await plugin.create("placed", configMap({}, { name: fresh("placed").name }));
    expect(metadataOf(resource).namespace).toBe(namespace);
    const wide = { apiVersion: "v1", kind: "Namespace", metadata: { name: `${namespace}-wide` } };
    const created = await plugin.create("wide", wide);
    expect(created.id).toBe(`${namespace}-wide`);
    expect(metadataOf(created).namespace).toBeUndefined();
    await plugin.delete(created);
  });
});

describe("creation and preview", () => {
  behaves("createIsNotUpsert", async () => {
    const metadata = fresh("taken");
    await cluster.kubectl("create", "configmap", metadata.name, "-n", namespace, "--from-literal=a=theirs");
    await expect(plugin.create("taken", configMap({ a: "ours" }, metadata))).rejects.toThrow(
      /already exists/,
    );
    expect(await get("configmap", metadata.name)).toMatchObject({ data: { a: "theirs" } });
  });

  behaves("previewChangesNothing", async () => {
    const metadata = fresh("dry");
    const previewed = await plugin.create("dry", service(metadata, { clusterIP: "None" }), { preview: true });
    expect(previewed.id).toBe("");
    expect(previewed.state.spec).toMatchObject({ type: "ClusterIP", sessionAffinity: "None" });
    expect(previewed.state.status).toBeUndefined();
    await expect(get("service", metadata.name)).rejects.toThrow(/not found/);
    const resource = await plugin.create("dry", configMap({ a: "1" }, metadata));
    const labelled = configMap({ a: "1" }, { ...metadata, labels: { b: "2" } });
    const updated = await plugin.update(resource, labelled, { preview: true });
    expect(metadataOf(updated).labels).toEqual({ b: "2" });
    expect((await get("configmap", metadata.name)).metadata).not.toHaveProperty("labels");
  });

  behaves("previewUnknown", async () => {
    const given = configMap({ a: UNKNOWN }, fresh("unknown"));
    const previewed = await plugin.create("unknown", given, { preview: true });
    expect(previewed.state).toEqual(previewed.inputs);
    const metadata = fresh("unknown");
    const resource = await plugin.create("unknown", configMap({ a: "1" }, metadata));
    const updated = await plugin.update(resource, configMap({ a: UNKNOWN }, metadata), { preview: true });
    expect(updated.state).toEqual(updated.inputs);
  });

  behaves("previewWithoutNamespace", async () => {
    const early = configMap({}, { name: "early", namespace: `${namespace}-later` });
    const previewed = await plugin.create("early", early, { preview: true });
    expect(previewed.state).toEqual(previewed.inputs);
    const custom = { apiVersion: "example.test/v1", kind: "NotYet", metadata: fresh("custom") };
    const { state, inputs } = await plugin.create("custom", custom, { preview: true });
    expect(state).toEqual(inputs);
  });

  behaves("previewOfReplacement", async () => {
    const metadata = fresh("replaced");
    await plugin.create("replaced", configMap({ a: "1" }, metadata));
    const previewed = await plugin.create("replaced", configMap({ a: "2" }, metadata), { preview: true });
    expect(previewed.state).toEqual(previewed.inputs);
  });

  behaves("previewUnreachable", async () => {
    const without = await Plugin.start({});
    try {
      const previewed = await without.create("alone", configMap({ a: "1" }, fresh("alone")), {
        preview: true,
      });
      expect(previewed.state).toEqual(previewed.inputs);
      const created = without.create("alone", configMap({ a: "1" }, fresh("alone")));
      await expect(created).rejects.toThrow(/cluster is unreachable/);
    } finally {
      await without.stop();
    }
  });

  behaves("outputsAreLive", async () => {
    const metadata = fresh("live");
    const { state } = await plugin.create("live", service(metadata, { clusterIP: "None" }));
    const { managedFields: _, ...live } = (await get("service", metadata.name)).metadata as Fields;
    expect(state.metadata).toMatchObject(live);
    expect(state.status).toEqual({ loadBalancer: {} });
  });
});

describe("secrets", () => {
  behaves("secretData", async () => {
    const metadata = fresh("secret");
    const { inputs, state } = await plugin.create("secret", secretObject(metadata, { data: { a: "MQ==" } }));
    expect(isSecret(inputs.data)).toBe(true);
    expect(isSecret(state.data)).toBe(true);
    expect(isSecret((state.__inputs as Fields).data)).toBe(true);
    expect(reveal(state.data!)).toEqual({ a: "MQ==" });
  });

  behaves("secretPropagation", async () => {
    const marked = { ...SECRET, value: "hidden" };
    const { inputs, state } = await plugin.create(
      "marked",
      configMap({ a: marked, b: "seen" }, fresh("marked")),
    );
    for (const { data } of [inputs, state] as { data: Fields }[]) {
      expect(isSecret(data.a)).toBe(true);
      expect(data.b).toBe("seen");
    }
    const ports = [{ port: 80, name: { ...SECRET, value: "hidden" } }];
    const { spec } = (await plugin.create("marked", service(fresh("marked"), { clusterIP: "None", ports })))
      .state as {
      spec: Fields;
    };
    expect(isSecret(spec.ports)).toBe(true);
    expect(JSON.stringify(spec.ports)).toContain("hidden");
  });

  behaves("stringData", async () => {
    const metadata = fresh("text");
    const resource = await plugin.create("text", secretObject(metadata, { stringData: { a: "1" } }));
    expect(resource.inputs).not.toHaveProperty("stringData");
    expect(reveal(resource.state.data!)).toEqual({ a: "MQ==" });
    const same = await plugin.diff(resource, secretObject(metadata, { stringData: { a: "1" } }));
    expect(same.changes).toBe(false);
    const other = await plugin.diff(resource, secretObject(metadata, { stringData: { a: "2" } }));
    expect(other.replaces).toEqual(["data.a"]);
  });
});

describe("updates in place", () => {
  behaves("noChange", async () => {
    for (const given of [
      configMap({ a: "1" }, fresh("same")),
      configMap({}, { ...fresh("same"), labels: {} }),
      service(fresh("same"), { clusterIP: "None" }),
      claim(fresh("same"), "local"),
      statefulSet({ ...fresh("same"), annotations: { "pulumi.com/skipAwait": "true" } }, { replicas: 0 }),
    ]) {
      const resource = await plugin.create("same", given);
      expect(await plugin.diff(resource, given), String(given.kind)).toMatchObject({
        changes: false,
        detail: {},
      });
    }
  });

  behaves("applyRemoves", async () => {
    const metadata = fresh("removes");
    const labelled = (labels: Fields) => configMap({ a: "1" }, { ...metadata, labels });
    let resource = await plugin.create("removes", labelled({ one: "1", two: "2" }));
    resource = await plugin.update(resource, labelled({ one: "1" }));
    expect(metadataOf(resource).labels).toEqual({ one: "1" });
    resource = await plugin.update(resource, configMap({ a: "1" }, metadata));
    expect(metadataOf(resource).labels).toBeUndefined();
  });

  behaves("othersFieldsStay", async () => {
    const metadata = fresh("shared");
    const resource = await plugin.create("shared", configMap({ a: "1" }, metadata));
    await cluster.kubectl(
      "label",
      "configmap",
      metadata.name,
      "-n",
      namespace,
      "theirs=1",
      "--field-manager=other",
    );
    const updated = await plugin.update(
      resource,
      configMap({ a: "1" }, { ...metadata, labels: { ours: "1" } }),
    );
    expect(metadataOf(updated).labels).toEqual({ ours: "1", theirs: "1" });
  });

  const contested = async (annotations: Fields) => {
    const metadata = { ...fresh("contested"), annotations };
    const labelled = (value: string) => configMap({}, { ...metadata, labels: { contested: value } });
    let resource = await plugin.create("contested", labelled("ours"));
    resource = await plugin.update(resource, labelled("ours-2"));
    const target = ["configmap", metadata.name, "-n", namespace];
    await cluster.kubectl("label", ...target, "contested=theirs", "--overwrite", "--field-manager=other");
    return () => plugin.update(resource, labelled("ours-3"));
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
    const metadata = fresh("checkpoint");
    const initial = configMap({ checkpoint: "" }, metadata);
    let resource = await plugin.create("checkpoint", initial);
    const target = ["configmap", metadata.name, "-n", namespace];
    await cluster.kubectl(
      "patch",
      ...target,
      "--type=merge",
      "-p",
      '{"data":{"checkpoint":"far"}}',
      "--field-manager=pod",
    );
    resource = (await plugin.read(resource))!;
    expect((await plugin.diff(resource, initial)).replaces, "without ignoreChanges").toEqual([
      "data.checkpoint",
    ]);
    expect((await plugin.diff(resource, initial, ["data"])).changes, "with ignoreChanges").toBe(false);
    const labelled = configMap({ checkpoint: "" }, { ...metadata, labels: { version: "2" } });
    resource = await plugin.update(resource, labelled, { ignoreChanges: ["data"] });
    expect(metadataOf(resource).labels).toEqual({ version: "2" });
    expect(await get("configmap", metadata.name)).toMatchObject({ data: { checkpoint: "far" } });
    await cluster.kubectl(
      "patch",
      ...target,
      "--type=merge",
      "-p",
      '{"data":{"checkpoint":"farther"}}',
      "--field-manager=pod",
    );
    expect(await get("configmap", metadata.name)).toMatchObject({ data: { checkpoint: "farther" } });
  });
});

describe("replacement", () => {
  const diffOf = async (before: Fields, changed: Fields) =>
    plugin.diff(await plugin.create("changed", before), changed);

  behaves("configMapReplaced", async () => {
    const metadata = fresh("data");
    const found = await diffOf(configMap({ a: "1" }, metadata), configMap({ a: "2", "b.c": "3" }, metadata));
    expect(found).toMatchObject({ changes: true, deleteBeforeReplace: true });
    expect(found.detail).toEqual({ "data.a": "UPDATE_REPLACE", 'data["b.c"]': "ADD_REPLACE" });
    const immutable = fresh("data");
    const frozen = (data: Fields) => configMap(data, immutable, { immutable: true });
    expect((await diffOf(frozen({ a: "1" }), frozen({}))).detail).toEqual({ data: "DELETE_REPLACE" });
  });

  behaves("secretReplaced", async () => {
    const metadata = fresh("secret");
    const typed = (type: string, data: Fields) => secretObject(metadata, { type, data });
    const resource = await plugin.create("secret", typed("Opaque", { a: "MQ==" }));
    expect((await plugin.diff(resource, typed("Opaque", { a: "Mg==" }))).replaces).toEqual(["data.a"]);
    expect((await plugin.diff(resource, typed("test/other", { a: "MQ==" }))).replaces).toEqual(["type"]);
  });

  behaves("configMapMutable", async () => {
    const mutable = await Plugin.start({
      kubeconfig: cluster.kubeconfig,
      namespace,
      enableConfigMapMutable: "true",
    });
    try {
      const metadata = fresh("mutable");
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
    const metadata = fresh("labels");
    const found = await diffOf(
      configMap({ a: "1" }, metadata),
      configMap({ a: "1" }, { ...metadata, labels: { b: "1" }, annotations: { "c.d/e": "1" } }),
    );
    expect(found).toMatchObject({ replaces: [], deleteBeforeReplace: false });
    expect(found.detail).toEqual({ "metadata.labels": "ADD", "metadata.annotations": "ADD" });
  });

  behaves("identityReplaces", async () => {
    const before = configMap({}, fresh("identity"));
    const renamed = await diffOf(before, configMap({}, fresh("identity")));
    expect(renamed).toMatchObject({ replaces: ["metadata.name"], deleteBeforeReplace: false });
    const metadata = fresh("identity");
    const moved = await diffOf(configMap({}, metadata), configMap({}, { ...metadata, namespace: "default" }));
    expect(moved).toMatchObject({ replaces: ["metadata.namespace"], deleteBeforeReplace: false });
  });

  behaves("deleteBeforeReplace", async () => {
    const metadata = fresh("named");
    const named = await diffOf(configMap({ a: "1" }, metadata), configMap({ a: "2" }, metadata));
    expect(named.deleteBeforeReplace).toBe(true);
    const autonamed = await diffOf(configMap({ a: "1" }, {}), configMap({ a: "2" }, {}));
    expect(autonamed).toMatchObject({ replaces: ["data.a"], deleteBeforeReplace: false });
  });

  behaves("statefulSetReplaced", async () => {
    const metadata = { ...fresh("set"), annotations: { "pulumi.com/skipAwait": "true" } };
    const resource = await plugin.create("set", statefulSet(metadata, { replicas: 0 }));
    const replaces = async (spec: Fields) =>
      (await plugin.diff(resource, statefulSet(metadata, { replicas: 0, ...spec }))).replaces;
    expect(await replaces({ podManagementPolicy: "OrderedReady" })).toEqual(["spec.podManagementPolicy"]);
    expect(await replaces({ serviceName: "other" })).toEqual(["spec.serviceName"]);
    expect(await replaces({ revisionHistoryLimit: 3 })).toEqual(["spec.revisionHistoryLimit"]);
    expect(await replaces({ selector: { matchLabels: { app: "other" } } })).toEqual([
      "spec.selector.matchLabels.app",
    ]);
    const templates = [claim({ name: "journal" }, "local")];
    expect(await replaces({ volumeClaimTemplates: templates })).toEqual(["spec.volumeClaimTemplates"]);
    expect(await replaces({ replicas: 2, updateStrategy: { type: "OnDelete" } })).toEqual([]);
    const immutable = plugin.update(resource, statefulSet(metadata, { replicas: 0, serviceName: "other" }));
    await expect(immutable, "the API server agrees").rejects.toThrow(/are forbidden/);
  });

  behaves("claimReplaced", async () => {
    const metadata = fresh("claim");
    const resource = await plugin.create("claim", claim(metadata, "local"));
    expect((await plugin.diff(resource, claim(metadata, "local-immediate"))).replaces).toEqual([
      "spec.storageClassName",
    ]);
    const grown = await plugin.diff(resource, claim(metadata, "local", "20Mi"));
    expect(grown.detail).toEqual({ "spec.resources.requests.storage": "UPDATE" });
  });

  behaves("otherKindsReplaced", async () => {
    const address = await diffOf(
      service(fresh("service"), { clusterIP: "None" }),
      service({ name: `service-${made}`, namespace }, { clusterIP: "10.96.0.99" }),
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
    const bound = fresh("binding");
    expect((await diffOf(binding(bound, "one"), binding(bound, "two"))).replaces).toEqual(["roleRef.name"]);
    const unawaited = { ...fresh("deployment"), annotations: { "pulumi.com/skipAwait": "true" } };
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
      [fresh("role"), (m: Fields) => role(m, ["get"]), (m: Fields) => role(m, ["get", "patch"])],
      [fresh("policy"), (m: Fields) => policy(m, 443), (m: Fields) => policy(m, 8443)],
      [fresh("budget"), (m: Fields) => budget(m, 1), (m: Fields) => budget(m, 2)],
    ] as const) {
      const resource = await plugin.create("other", before(metadata));
      const found = await plugin.diff(resource, changed(metadata));
      expect(found, metadata.name).toMatchObject({ changes: true, replaces: [] });
      const updated = await plugin.update(resource, changed(metadata));
      expect((await plugin.diff(updated, changed(metadata))).changes, metadata.name).toBe(false);
    }
  });
});

describe("refresh", () => {
  behaves("refresh", async () => {
    const metadata = fresh("drift");
    const given = configMap({ a: "1" }, metadata);
    const resource = await plugin.create("drift", given);
    await cluster.kubectl(
      "patch",
      "configmap",
      metadata.name,
      "-n",
      namespace,
      "-p",
      '{"data":{"a":"9","b":"8"}}',
    );
    const read = (await plugin.read(resource))!;
    expect(read.state.data).toEqual({ a: "9", b: "8" });
    expect(read.inputs.data, "only fields that the program gave").toEqual({ a: "9" });
    expect((await plugin.diff(read, given)).detail).toEqual({ "data.a": "UPDATE_REPLACE" });
  });

  behaves("refreshGone", async () => {
    const metadata = fresh("gone");
    const resource = await plugin.create("gone", configMap({}, metadata));
    await cluster.kubectl("delete", "configmap", metadata.name, "-n", namespace);
    expect(await plugin.read(resource)).toBeUndefined();
  });

  behaves("deleteGone", async () => {
    const metadata = fresh("gone");
    const resource = await plugin.create("gone", configMap({}, metadata));
    await cluster.kubectl("delete", "configmap", metadata.name, "-n", namespace);
    await plugin.delete(resource);
  });
});

describe("the plugin itself", () => {
  test("refuses to start outside a run of this project", async () => {
    const started = Plugin.start({}, { ZITADEL_SIEM_LOCAL_RUN: "" });
    await expect(started).rejects.toThrow(/exit code 1/);
  });

  test("answers soon after its start", async () => {
    const started = await Plugin.start({});
    await started.stop();
    console.log(`the plugin starts in ${started.startTime.toFixed(0)} ms`);
  });
});
