import * as core from "@pulumi/kubernetes/core/v1";
import type * as pulumi from "@pulumi/pulumi";
import * as zitadel from "@pulumiverse/zitadel";
import { afterAll, expect, it } from "vitest";
import { AuditLogStream } from "../../components/index";
import type { Operation } from "../../local/engineStack";
import { buildProducts } from "../../local/run/build";
import { uniqueName, useEngine } from "./stack";
import { listCluster, listZitadel, openStage, type Stage, waitFor } from "./stage";

let stage: Stage;
const engine = useEngine(async () => {
  await buildProducts(() => undefined);
  stage = await openStage();
  return { plugins: ["zitadel", "kubernetes"], environment: stage.workload.environment };
});
afterAll(() => stage?.close());

/** A stream of which everything that may be an output is one, of a resource that a preview does not know yet. */
async function program() {
  const facts = new core.ConfigMap("facts", { metadata: { name: "facts", namespace: "default" } });
  let outputs = 0;
  const later = <T>(value: T): pulumi.Output<T> => {
    outputs += 1;
    return facts.metadata.uid.apply(() => value);
  };
  const { hostname, port } = new URL(stage.zitadel.url);
  const provider = new zitadel.Provider("zitadel", {
    domain: later(hostname),
    port: later(port),
    insecure: later(true),
    jwtProfileJson: later(JSON.stringify(stage.zitadel.adminKey)),
  });
  new AuditLogStream(
    "audit-log",
    {
      zitadel: {
        domain: later(hostname),
        port: later(Number(port)),
        insecure: later(true),
        address: later(stage.zitadel.url),
      },
      organizationId: later(stage.zitadel.organizationId),
      reader: {
        userName: later("reader"),
        keys: [{ name: "first", expires: later("2035-01-01T00:00:00Z") }],
      },
      events: {
        aggregateTypes: [later("user"), later("instance")],
        from: later("2020-01-01T00:00:00Z"),
        startFrom: later("beginning"),
        sweepSeconds: later(60),
        readShare: later(0.5),
      },
      destinations: [
        {
          name: "siem",
          http: {
            url: later(stage.receiver.url),
            body: later("json" as const),
            gzip: later(false),
            bearer: { value: later("token") },
            headers: { "x-tenant": later("audit") },
            secretHeaders: { "X-Api-Key": { value: later("key") } },
            successCodes: [later(204), later(200)],
            ordered: later(false),
            timeoutSeconds: later(5),
          },
          batch: { maxRecords: later(50), maxBytes: later(100_000), inFlight: later(2) },
        },
      ],
      releasedFields: [{ eventType: later("user.human.profile.changed"), field: later("nickName") }],
      namespace: later("unknown"),
      createNamespace: true,
      storage: { className: later("fast") },
      resources: { requests: { cpu: later("20m") }, limits: { memory: later("200Mi") } },
      networkPolicy: { apiServerPorts: [later(6443)], egressPorts: [later(9000)] },
      nodeImage: later("docker.io/library/node:24-bookworm-slim"),
      imagePullSecrets: [later("registry")],
      logLevel: later("info" as const),
    },
    { providers: { zitadel: provider } },
  );
  console.log(`${outputs} inputs are outputs`);
}

const urnsOf = ({ steps }: Operation) => steps.map(({ op, urn }) => `${op} ${urn}`).sort();

it("what depends on nothing but unknown values is previewed as it is then created", async () => {
  const stack = await engine().inlineStack({ project: uniqueName("unknown"), program });
  const before = [listZitadel(stage.zitadel), listCluster(stage)];

  const preview = await stack.preview();
  expect([...stage.zitadel.requests], "a preview that knows no address asks ZITADEL nothing").toEqual([]);
  expect([listZitadel(stage.zitadel), listCluster(stage)]).toEqual(before);

  const up = await stack.up();
  expect(urnsOf(up), "nothing is created inside apply").toEqual(urnsOf(preview));
  expect(up.changes).toEqual(preview.changes);
  await waitFor("records arrive", () => stage.receiver.records.length > 0);
  expect(stage.receiver.seen("x-tenant")).toEqual(["audit"]);
  expect(stage.receiver.seen("x-api-key")).toEqual(["key"]);
  expect(stage.receiver.seen("authorization")).toEqual(["Bearer token"]);

  expect((await stack.up()).changes).toEqual({ same: up.changes.create });
  await stack.destroy();
  expect([listZitadel(stage.zitadel), listCluster(stage)]).toEqual(before);
  console.log(`${up.changes.create} resources previewed and created`);
});
