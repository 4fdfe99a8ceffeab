import { describe, expect, test } from "vitest";
import { type Fields, isSecret, reveal } from "../../local/plugins/kubernetes/propertyValues";
import { behaves } from "./kubernetesBehaviours";
import { configMap, secretObject, service } from "./kubernetesManifests";
import { Plugin } from "./kubernetesPlugin";
import { metadataOf, usePluginOnCluster } from "./kubernetesSetup";

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

const on = usePluginOnCluster("objects");
const { namespace } = on;

describe("names and places", () => {
  behaves("autoname", async () => {
    const resource = await on.plugin.create("settings", configMap({ a: "1" }, {}));
    const { name, annotations } = metadataOf(resource);
    expect(name).toMatch(/^settings-[0-9a-f]{8}$/);
    expect(annotations).toMatchObject({ "pulumi.com/autonamed": "true" });
    expect(resource.id).toBe(`${namespace}/${name}`);
    const again = await on.plugin.check("settings", configMap({ a: "1" }, {}));
    expect((again.inputs.metadata as Fields).name, "the same seed gives the same name").toBe(name);
  });

  behaves("autonameKept", async () => {
    const resource = await on.plugin.create("kept", configMap({ a: "1" }, {}));
    const changed = configMap({ a: "1" }, { labels: { b: "2" } });
    const { inputs } = await on.plugin.check("kept", changed, resource.inputs, "another seed");
    expect((inputs.metadata as Fields).name).toBe(metadataOf(resource).name);
    const updated = await on.plugin.update(resource, changed);
    expect(updated.id).toBe(resource.id);
  });

  behaves("noManagedByLabel", async () => {
    const resource = await on.plugin.create("plain", configMap({}, on.fresh("plain")));
    expect(metadataOf(resource).labels).toBeUndefined();
  });

  behaves("defaultNamespace", async () => {
    const resource = await on.plugin.create("placed", configMap({}, { name: on.fresh("placed").name }));
    expect(metadataOf(resource).namespace).toBe(namespace);
    const wide = { apiVersion: "v1", kind: "Namespace", metadata: { name: `${namespace}-wide` } };
    const created = await on.plugin.create("wide", wide);
    expect(created.id).toBe(`${namespace}-wide`);
    expect(metadataOf(created).namespace).toBeUndefined();
    await on.plugin.delete(created);
  });
});

describe("creation and preview", () => {
  behaves("createIsNotUpsert", async () => {
    const metadata = on.fresh("taken");
    await on.cluster.kubectl(
      "create",
      "configmap",
      metadata.name,
      "-n",
      namespace,
      "--from-literal=a=theirs",
    );
    await expect(on.plugin.create("taken", configMap({ a: "ours" }, metadata))).rejects.toThrow(
      /already exists/,
    );
    expect(await on.live("configmap", metadata.name)).toMatchObject({ data: { a: "theirs" } });
  });

  behaves("previewChangesNothing", async () => {
    const metadata = on.fresh("dry");
    const previewed = await on.plugin.create("dry", service(metadata, { clusterIP: "None" }), {
      preview: true,
    });
    expect(previewed.id).toBe("");
    expect(previewed.state.spec).toMatchObject({ type: "ClusterIP", sessionAffinity: "None" });
    expect(previewed.state.status).toBeUndefined();
    await expect(on.live("service", metadata.name)).rejects.toThrow(/not found/);
    const resource = await on.plugin.create("dry", configMap({ a: "1" }, metadata));
    const labelled = configMap({ a: "1" }, { ...metadata, labels: { b: "2" } });
    const updated = await on.plugin.update(resource, labelled, { preview: true });
    expect(metadataOf(updated).labels).toEqual({ b: "2" });
    expect((await on.live("configmap", metadata.name)).metadata).not.toHaveProperty("labels");
  });

  behaves("previewUnknown", async () => {
    const given = configMap({ a: UNKNOWN }, on.fresh("unknown"));
    const previewed = await on.plugin.create("unknown", given, { preview: true });
    expect(previewed.state).toEqual(previewed.inputs);
    const metadata = on.fresh("unknown");
    const resource = await on.plugin.create("unknown", configMap({ a: "1" }, metadata));
    const updated = await on.plugin.update(resource, configMap({ a: UNKNOWN }, metadata), { preview: true });
    expect(updated.state).toEqual(updated.inputs);
  });

  behaves("previewWithoutNamespace", async () => {
    const early = configMap({}, { name: "early", namespace: `${namespace}-later` });
    const previewed = await on.plugin.create("early", early, { preview: true });
    expect(previewed.state).toEqual(previewed.inputs);
    const custom = { apiVersion: "example.test/v1", kind: "NotYet", metadata: on.fresh("custom") };
    const { state, inputs } = await on.plugin.create("custom", custom, { preview: true });
    expect(state).toEqual(inputs);
  });

  behaves("previewOfReplacement", async () => {
    const metadata = on.fresh("replaced");
    await on.plugin.create("replaced", configMap({ a: "1" }, metadata));
    const previewed = await on.plugin.create("replaced", configMap({ a: "2" }, metadata), { preview: true });
    expect(previewed.state).toEqual(previewed.inputs);
  });

  behaves("previewUnreachable", async () => {
    const without = await Plugin.start({});
    try {
      const previewed = await without.create("alone", configMap({ a: "1" }, on.fresh("alone")), {
        preview: true,
      });
      expect(previewed.state).toEqual(previewed.inputs);
      const created = without.create("alone", configMap({ a: "1" }, on.fresh("alone")));
      await expect(created).rejects.toThrow(/cluster is unreachable/);
    } finally {
      await without.stop();
    }
  });

  behaves("outputsAreLive", async () => {
    const metadata = on.fresh("live");
    const { state } = await on.plugin.create("live", service(metadata, { clusterIP: "None" }));
    const { managedFields: _, ...live } = (await on.live("service", metadata.name)).metadata as Fields;
    expect(state.metadata).toMatchObject(live);
    expect(state.status).toEqual({ loadBalancer: {} });
  });
});

describe("secrets", () => {
  behaves("secretData", async () => {
    const metadata = on.fresh("secret");
    const { inputs, state } = await on.plugin.create(
      "secret",
      secretObject(metadata, { data: { a: "MQ==" } }),
    );
    expect(isSecret(inputs.data)).toBe(true);
    expect(isSecret(state.data)).toBe(true);
    expect(isSecret((state.__inputs as Fields).data)).toBe(true);
    expect(reveal(state.data!)).toEqual({ a: "MQ==" });
  });

  behaves("secretPropagation", async () => {
    const marked = { ...SECRET, value: "hidden" };
    const { inputs, state } = await on.plugin.create(
      "marked",
      configMap({ a: marked, b: "seen" }, on.fresh("marked")),
    );
    for (const { data } of [inputs, state] as { data: Fields }[]) {
      expect(isSecret(data.a)).toBe(true);
      expect(data.b).toBe("seen");
    }
    const ports = [{ port: 80, name: { ...SECRET, value: "hidden" } }];
    const { spec } = (
      await on.plugin.create("marked", service(on.fresh("marked"), { clusterIP: "None", ports }))
    ).state as {
      spec: Fields;
    };
    expect(isSecret(spec.ports)).toBe(true);
    expect(JSON.stringify(spec.ports)).toContain("hidden");
  });

  behaves("stringData", async () => {
    const metadata = on.fresh("text");
    const resource = await on.plugin.create("text", secretObject(metadata, { stringData: { a: "1" } }));
    expect(resource.inputs).not.toHaveProperty("stringData");
    expect(reveal(resource.state.data!)).toEqual({ a: "MQ==" });
    const same = await on.plugin.diff(resource, secretObject(metadata, { stringData: { a: "1" } }));
    expect(same.changes).toBe(false);
    const other = await on.plugin.diff(resource, secretObject(metadata, { stringData: { a: "2" } }));
    expect(other.replaces).toEqual(["data.a"]);
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
