import { randomBytes } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as zitadel from "@pulumiverse/zitadel";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AuditLogStream } from "../../components/index";
import { buildProducts } from "../../local/run/build";
import { startZitadel, type Zitadel } from "../../local/zitadel/server";
import { startTraffic, type Traffic } from "../../local/zitadel/traffic";
import { uniqueName, useEngine } from "../engine/stack";
import { listZitadel, startTestReceiver, type TestReceiver } from "../engine/stage";
import { ensureCluster, type TestCluster } from "./cluster";

/*
 * AuditLogStream as a user has it: the real engine, a real API server, scheduler, kubelet and container. The
 * stand-in of ZITADEL and the receiver are on this machine, at the address at which pods reach it.
 */
let cluster: TestCluster;
let server: Zitadel;
let traffic: Traffic;
let receiver: TestReceiver;
const namespace = `stream-${randomBytes(4).toString("hex")}`;

const engine = useEngine(async () => {
  await buildProducts((line) => console.log(line));
  return { plugins: ["zitadel", "kubernetes"] };
});
beforeAll(async () => {
  cluster = await ensureCluster();
  server = await startZitadel({ host: cluster.hostAddress, externalDomain: cluster.hostAddress });
  traffic = startTraffic(server, { seed: 6, eventsPerSecond: 20 });
  receiver = await startTestReceiver(cluster.hostAddress);
});
afterAll(async () => {
  await traffic?.stop();
  await receiver?.close();
  await server?.close();
  await cluster?.kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait=false");
  await cluster?.stop();
});

const settings = { token: "first-token", path: "" };

async function program() {
  const { hostname: domain, port } = new URL(server.url);
  const provider = new zitadel.Provider("zitadel", {
    domain,
    port,
    insecure: true,
    jwtProfileJson: pulumi.secret(JSON.stringify(server.adminKey)),
  });
  const kubernetes = new k8s.Provider("kubernetes", {
    kubeconfig: pulumi.secret(await cluster.kubectl("config", "view", "--raw")),
  });
  const stream = new AuditLogStream(
    "audit-log",
    {
      zitadel: { domain, port: Number(port), insecure: true },
      organizationId: server.organizationId,
      reader: { keys: [{ name: "first", expires: "2035-01-01T00:00:00Z" }] },
      events: { startFrom: "beginning" },
      destinations: [
        {
          name: "siem",
          http: { url: receiver.url + settings.path, bearer: { value: settings.token } },
        },
      ],
      namespace,
      createNamespace: true,
    },
    { providers: { zitadel: provider, kubernetes } },
  );
  return { namespace: stream.namespace, workload: stream.workloadName };
}

interface Item {
  kind: string;
  metadata: { name: string; namespace?: string; uid: string };
  spec?: { claimRef?: { namespace: string } };
}

/** Every object in the namespace, the namespace itself, and the volumes of its claims. */
async function listCluster(): Promise<string[]> {
  const kinds = await cluster.kubectl("api-resources", "--verbs=list", "-o", "name");
  const all = await cluster.kubectl("get", kinds.trim().replaceAll("\n", ","), "-A", "-o", "json");
  return (JSON.parse(all) as { items: Item[] }).items
    .filter(
      ({ metadata, spec }) =>
        metadata.namespace === namespace ||
        metadata.name === namespace ||
        spec?.claimRef?.namespace === namespace,
    )
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}

async function pod() {
  const text = await cluster.kubectl("get", "pod", "audit-log-0", "-n", namespace, "-o", "json");
  const { metadata, status } = JSON.parse(text);
  const [container] = status.containerStatuses;
  return { uid: metadata.uid as string, ready: container.ready, restarts: container.restartCount };
}

/** Waits for a condition that has to be asked for. */
async function until(what: string, isMet: () => boolean | Promise<boolean>, seconds = 180): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await isMet())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const delivered = () => new Set(receiver.records.map(({ id }) => id)).size;

test("AuditLogStream lives on a real cluster and leaves nothing", async () => {
  // People come and go meanwhile: the traffic's.
  const list = () => ({ ...listZitadel(server), people: undefined });
  const before = list();
  expect(await listCluster()).toEqual([]);
  const stack = await engine().inlineStack({ project: uniqueName("stream"), program });

  const preview = await stack.preview();
  expect(await listCluster(), "a preview creates nothing").toEqual([]);
  const up = await stack.up();
  expect(up.diagnostics).toEqual([]);
  expect(up.changes).toEqual(preview.changes);
  const first = await pod();
  expect(first).toMatchObject({ ready: true, restarts: 0 });
  await until("records arrive", () => delivered() > 100);
  expect(receiver.seen("authorization")).toEqual(["Bearer first-token"]);
  console.log(`${up.changes.create} resources; ${(await listCluster()).length} objects in the cluster`);

  expect((await stack.up()).changes, "a second up").toEqual({ same: up.changes.create });

  const checkpoint = ["get", "configmap", "audit-log-checkpoint", "-n", namespace, "-o", "jsonpath={.data}"];
  await until("the pod keeps its checkpoint", async () => (await cluster.kubectl(...checkpoint)) !== "");

  settings.token = "second-token";
  const credential = await stack.up();
  expect(credential.steps.filter(({ op, type }) => op !== "same" && type.endsWith("StatefulSet"))).toEqual(
    [],
  );
  await until("the credential is used", () => receiver.seen("authorization").includes("Bearer second-token"));
  expect(await pod(), "a credential changes without another pod").toEqual(first);

  settings.path = "?changed";
  await stack.up();
  const second = await pod();
  expect(second).toMatchObject({ ready: true, restarts: 0 });
  expect(second.uid, "another configuration is another pod").not.toBe(first.uid);
  await traffic.stop();
  const written = () => [...server.store.history()].length;
  await until("every event is delivered", () => delivered() >= written());
  console.log(`${delivered()} of ${written()} events delivered by two pods`);

  expect((await stack.refresh()).changes).toEqual({ same: up.changes.create });
  const destroyed = await stack.destroy();
  expect(destroyed.changes).toEqual({ delete: up.changes.create });
  await until("the cluster is as before", async () => (await listCluster()).length === 0, 60);
  expect(list()).toEqual(before);
});
