import type * as pulumi from "@pulumi/pulumi";
import { defaultResources } from "../../contract/declaration/workload";
import type { ForwarderArgs } from "../arguments";

/** What a container asks for and may take at most, with what is not declared. */
export interface ContainerResources {
  requests: { [name: string]: pulumi.Input<string> };
  limits: { [name: string]: pulumi.Input<string> } & { memory: pulumi.Input<string> };
}

export const forwarderResources = ({ resources }: Pick<ForwarderArgs, "resources">): ContainerResources => ({
  requests: { ...defaultResources.forwarder.requests, ...resources?.requests },
  limits: { ...defaultResources.forwarder.limits, ...resources?.limits },
});

export const collectorResources = ({
  collectorResources: declared,
}: Pick<ForwarderArgs, "collectorResources">): ContainerResources => ({
  requests: { ...defaultResources.collector.requests, ...declared?.requests },
  limits: { ...defaultResources.collector.limits, ...declared?.limits },
});
