import type * as pulumi from "@pulumi/pulumi";
import type { Bundle } from "./bundle";
import { bundleName, checkpointName, configurationName, metadataOf, type Workload } from "./workload";

export const configurationKey = "configuration.json";
export const collectorKey = "collector.json";
export const bundleKey = "forwarder.cjs";

/** The configurations of the forwarder and of the Collector beside it, if one runs; they hold no secret. */
export const configurationConfigMap = (
  workload: Workload,
  text: pulumi.Input<string>,
  collectorText: pulumi.Input<string> | undefined,
) => ({
  ...configMap(workload, configurationName(workload)),
  data: {
    [configurationKey]: text,
    ...(collectorText !== undefined && { [collectorKey]: collectorText }),
  },
});

/**
 * The forwarder's program. Its name holds the hash of the text and it is immutable: another version is another
 * object, and pods of the old one keep theirs until they are gone.
 */
export const bundleConfigMap = (workload: Workload, { text, hash }: Bundle) => ({
  ...configMap(workload, bundleName(workload, hash)),
  immutable: true,
  data: { [bundleKey]: text },
});

/** Where the forwarder notes how far it has read; it fills the data itself. */
export const checkpointConfigMap = (workload: Workload) => configMap(workload, checkpointName(workload));

const configMap = (workload: Workload, name: string) => ({
  apiVersion: "v1" as const,
  kind: "ConfigMap" as const,
  metadata: metadataOf(workload, name),
});
