import * as pulumi from "@pulumi/pulumi";
import * as zitadel from "@pulumiverse/zitadel";
import { afterAll, describe, expect, it } from "vitest";
import { AuditLogStream, type AuditLogStreamArgs } from "../../components/index";
import type { LocalStack } from "../../local/engineStack";
import type { KubernetesObject } from "../../local/plugins/cluster";
import { buildProducts } from "../../local/run/build";
import { uniqueName, useEngine } from "./stack";
import { listCluster, listZitadel, openStage, type Stage } from "./stage";

/*
 * Objects of others with the names that the component would take. The plugin at hand creates as the real one does from
 * 4.29 on; with the variable it takes over what exists, as the real ones below do.
 */

const stages: Stage[] = [];
afterAll(async () => {
  for (const stage of stages) await stage.close();
});

describe.each([
  ["today's plugin", {}],
  ["a plugin below 4.29", { ZITADEL_SIEM_KUBERNETES_TAKES_OVER: "true" }],
])("with %s", (_, variables) => {
  let stage: Stage;
  const engine = useEngine(async () => {
    await buildProducts(() => undefined);
    stage = await openStage();
    stages.push(stage);
    return {
      plugins: ["zitadel", "kubernetes"],
      environment: { ...stage.workload.environment, ...variables },
    };
  });

  function stackOf(change: () => Partial<AuditLogStreamArgs>): Promise<LocalStack> {
    const { hostname: domain, port } = new URL(stage.zitadel.url);
    const program = async () => {
      const provider = new zitadel.Provider("zitadel", {
        domain,
        port,
        insecure: true,
        jwtProfileJson: pulumi.secret(JSON.stringify(stage.zitadel.adminKey)),
      });
      const args: AuditLogStreamArgs = {
        zitadel: { domain, port: Number(port), insecure: true },
        organizationId: stage.zitadel.organizationId,
        reader: { keys: [{ name: "2026-11", expires: "2035-01-01T00:00:00Z" }] },
        destinations: [{ name: "log", stdout: {} }],
        namespace: "audit",
        ...change(),
      };
      new AuditLogStream("audit-log", args, { providers: { zitadel: provider } });
    };
    return engine().inlineStack({ project: uniqueName("taken"), program });
  }

  const list = () => ({ zitadel: listZitadel(stage.zitadel), cluster: listCluster(stage) });
  const texts = () =>
    stage.workload.supervisor.objects
      .all()
      .map((object) => JSON.stringify(object))
      .sort();
  const create = (object: KubernetesObject) => stage.workload.supervisor.objects.create(object, false);
  const refusal = (operation: Promise<unknown>) =>
    operation.then(
      () => "it was not refused",
      (error: Error) => error.message,
    );

  it("a namespace of others is refused at preview, and neither changed nor deleted", async () => {
    create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "theirs", labels: { team: "others" } } });
    create({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "precious", namespace: "theirs" } });
    const [before, objects] = [list(), texts()];
    const stack = await stackOf(() => ({ namespace: "theirs", createNamespace: true }));
    expect(await refusal(stack.preview())).toContain(
      "Namespace theirs exists already and is not of this stack",
    );
    expect(list(), "nothing is created").toEqual(before);
    // The Automation API runs it without a preview.
    expect(await refusal(stack.up())).toContain("Namespace theirs exists already");
    expect(texts(), "nothing in the cluster is created or changed").toEqual(objects);
    await stack.destroy();
    expect(texts(), "nor deleted").toEqual(objects);
  });

  it.each<[KubernetesObject]>([
    [
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "audit-log-configuration" },
        data: { a: "b" },
      },
    ],
    [
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "Role",
        metadata: { name: "audit-log-checkpoint" },
        rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
      },
    ],
    [{ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "audit-log" } }],
  ])("an object of others with the name of one of ours: $kind", async (theirs) => {
    const namespace = `shared-${theirs.kind.toLowerCase()}`;
    create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    create({ ...theirs, metadata: { ...theirs.metadata, namespace } });
    const [before, objects] = [list(), texts()];
    const stack = await stackOf(() => ({ namespace }));
    const problem = `${theirs.kind} ${namespace}/${theirs.metadata.name} exists already`;
    expect(await refusal(stack.preview())).toContain(problem);
    expect(list(), "nothing is created").toEqual(before);
    expect(await refusal(stack.up())).toContain(problem);
    await stack.destroy();
    expect(texts(), "neither changed nor deleted").toEqual(objects);
  });

  it("what is this stack's own is no reason to refuse: previews and updates go on", async () => {
    let change: Partial<AuditLogStreamArgs> = { createNamespace: true, namespace: "ours" };
    const stack = await stackOf(() => change);
    await stack.preview();
    expect((await stack.up()).diagnostics).toEqual([]);
    change = { ...change, logLevel: "debug", storage: { size: "5Gi" } };
    expect((await stack.preview()).diagnostics).toEqual([]);
    expect((await stack.up()).diagnostics).toEqual([]);
    expect((await stack.destroy()).diagnostics).toEqual([]);
  });
});
