import { componentArguments } from "./components";
import { networkPolicy, storage } from "./workload";

/** What stands in for what is not declared, where the component itself uses it. */
const { nodeImage, collectorImage } = componentArguments.Forwarder.shape;
const { timeoutSeconds } = componentArguments.LoginActions.shape;

export const defaults = {
  storageSize: storage.parse({}).size,
  apiServerPorts: networkPolicy.parse({}).apiServerPorts,
  nodeImage: nodeImage.parse(undefined),
  collectorImage: collectorImage.parse(undefined),
  loginTimeoutSeconds: timeoutSeconds.parse(undefined),
};
