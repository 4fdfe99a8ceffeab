import { expect } from "vitest";
import type { Fields } from "../../local/plugins/kubernetes/propertyValues";
import { behaves } from "./kubernetesBehaviours";
import { claim, configMap } from "./kubernetesManifests";
import { metadataOf, usePluginOnCluster } from "./kubernetesSetup";

/** Patch resources: fields of an object that may be there already. */
const on = usePluginOnCluster("patches");
const create = (given: Fields, preview = false) =>
  on.plugin.create(String((given.metadata as Fields).name), given, { patch: true, preview });

behaves("patchUpserts", async () => {
  const metadata = on.fresh("patched");
  const made = await create(configMap({ a: "1" }, metadata));
  expect(made.id).toBe(`${on.namespace}/${metadata.name}`);
  expect(await on.live("configmap", metadata.name)).toMatchObject({ data: { a: "1" } });

  const theirs = on.fresh("theirs");
  const add = ["create", "configmap", theirs.name, "-n", on.namespace, "--from-literal=a=theirs"];
  await on.cluster.kubectl(...add);
  const patched = await create(configMap({ b: "ours" }, theirs));
  expect(patched.state.data).toEqual({ a: "theirs", b: "ours" });
  await expect(create(configMap({ a: "ours" }, theirs))).rejects.toThrow(/conflict/);
});

behaves("patchFieldManager", async () => {
  const annotations = { "pulumi.com/patchFieldManager": "ours" };
  const metadata = on.fresh("again", annotations);
  const first = await create(configMap({ a: "1", b: "1" }, metadata));
  const again = await create(configMap({ a: "2" }, metadata));
  expect(metadataOf(again).uid).toBe(metadataOf(first).uid);
  expect(again.state.data, "what is no longer given goes").toEqual({ a: "2" });
});

behaves("patchInPlace", async () => {
  const given = claim(on.fresh("claim"), "local");
  const resource = await create(given);
  const changed = { ...given, spec: { ...(given.spec as Fields), storageClassName: "local-immediate" } };
  expect(await on.plugin.diff(resource, changed)).toMatchObject({ changes: true, replaces: [] });
  const elsewhere = { ...given, metadata: on.fresh("claim") };
  expect((await on.plugin.diff(resource, elsewhere)).replaces).toEqual(["metadata.name"]);
  const map = on.fresh("changed");
  const updated = await on.plugin.update(
    await create(configMap({ a: "1" }, map)),
    configMap({ a: "2" }, map),
  );
  expect(updated.state.data).toEqual({ a: "2" });
});

behaves("previewOfPatch", async () => {
  const metadata = on.fresh("dry");
  const previewed = await create(configMap({ a: "1" }, metadata), true);
  expect(previewed.state).toEqual(previewed.inputs);
  await expect(on.live("configmap", metadata.name)).rejects.toThrow(/not found/);
});
