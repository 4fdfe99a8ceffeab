import { componentArguments } from "./components";
import { networkPolicy, storage } from "./workload";

/** What stands in for what is not declared, where the component itself uses it. */
const { nodeImage, collectorImage } = componentArguments.Forwarder.shape;
const { events } = componentArguments.Forwarder.shape;
const { timeoutSeconds, flows, triggers, log } = componentArguments.LoginActions.shape;

export const defaults = {
  startFrom: events.parse(undefined).startFrom,
  storageSize: storage.parse({}).size,
  retainStorage: storage.parse({}).retain,
  apiServerPorts: networkPolicy.parse({}).apiServerPorts,
  nodeImage: nodeImage.parse(undefined),
  collectorImage: collectorImage.parse(undefined),
  loginTimeoutSeconds: timeoutSeconds.parse(undefined),
  loginFlows: flows.parse(undefined),
  loginTriggers: triggers.parse(undefined),
  loginLog: log.parse(undefined),
};
