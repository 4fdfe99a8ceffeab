import { describe, expect } from "vitest";
import { behaves } from "./kubernetesBehaviours";
import { configMap } from "./kubernetesManifests";
import { usePluginOnCluster } from "./kubernetesSetup";

const on = usePluginOnCluster("refresh");
const { namespace } = on;

describe("refresh", () => {
  behaves("refresh", async () => {
    const metadata = on.fresh("drift");
    const given = configMap({ a: "1" }, metadata);
    const resource = await on.plugin.create("drift", given);
    await on.cluster.kubectl(
      "patch",
      "configmap",
      metadata.name,
      "-n",
      namespace,
      "-p",
      '{"data":{"a":"9","b":"8"}}',
    );
    const read = (await on.plugin.read(resource))!;
    expect(read.state.data).toEqual({ a: "9", b: "8" });
    expect(read.inputs.data, "only fields that the program gave").toEqual({ a: "9" });
    expect((await on.plugin.diff(read, given)).detail).toEqual({ "data.a": "UPDATE_REPLACE" });
  });

  behaves("refreshGone", async () => {
    const metadata = on.fresh("gone");
    const resource = await on.plugin.create("gone", configMap({}, metadata));
    await on.cluster.kubectl("delete", "configmap", metadata.name, "-n", namespace);
    expect(await on.plugin.read(resource)).toBeUndefined();
  });

  behaves("deleteGone", async () => {
    const metadata = on.fresh("gone");
    const resource = await on.plugin.create("gone", configMap({}, metadata));
    await on.cluster.kubectl("delete", "configmap", metadata.name, "-n", namespace);
    await on.plugin.delete(resource);
  });
});
