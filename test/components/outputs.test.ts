import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { namesOf } from "../../components/forwarderOutputs";
import { workloadOf } from "../../components/kubernetes/workload";
import { type Declaration, everything, fitted, minimal } from "./declarations";
import { type Manifest, manifestsOf } from "./representativeStacks";

interface StatefulSet {
  spec: {
    serviceName: string;
    selector: { matchLabels: object };
    template: {
      spec: {
        serviceAccountName: string;
        containers: { args: string[]; ports: { name: string; containerPort: number }[] }[];
      };
    };
  };
}

describe("what the component gives out is what its manifests say", () => {
  it.each(Object.entries({ minimal, everything, fitted }))("%s", async (_, args: Declaration) => {
    const workload = workloadOf(args, args.workloadName ?? "audit-log");
    const given = await new Promise<Record<string, unknown>>((resolve) =>
      pulumi.output(namesOf(workload, args.logins?.webhook !== undefined)).apply(resolve),
    );
    const manifests = manifestsOf(args);
    const { spec } = manifests.find(({ kind }) => kind === "StatefulSet") as Manifest & StatefulSet;
    const [container] = spec.template.spec.containers;
    const ports = Object.fromEntries(
      container!.ports.map(({ name, containerPort }) => [name, containerPort]),
    );
    const status = Number(container!.args[container!.args.indexOf("--status") + 1]!.split(":")[1]);
    const webhooks = manifests.find(
      ({ kind, metadata }) => kind === "Service" && metadata.name.endsWith("-webhooks"),
    );
    expect(given).toEqual({
      serviceAccountName: spec.template.spec.serviceAccountName,
      serviceName: spec.serviceName,
      webhookServiceName: webhooks?.metadata.name,
      selectorLabels: spec.selector.matchLabels,
      ports: { ...ports, status },
    });
  });
});
