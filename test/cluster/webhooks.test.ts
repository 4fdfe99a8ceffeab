import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Forwarder, type ForwarderArgs } from "../../components/index";
import type { LocalStack } from "../../local/engineStack";
import { buildProducts } from "../../local/run/build";
import { startZitadel, type Zitadel } from "../../local/zitadel/server";
import { uniqueName, useEngine } from "../engine/stack";
import { startTestReceiver, type TestReceiver } from "../engine/stage";
import { ensureCluster, type TestCluster } from "./cluster";

/*
 * Two replicas that take webhook calls, on a real API server, scheduler, kubelet and kube-proxy. Where it is said who
 * may connect, the enforcer is the test cluster's own small one (tools/cluster/kube/networkPolicies.go).
 */
let cluster: TestCluster;
let server: Zitadel;
let receiver: TestReceiver;
let stack: LocalStack;
const mark = randomBytes(4).toString("hex");
const namespace = `webhooks-${mark}`;
/** Where ZITADEL would run; a pod that calls as its Actions do stands in for it. */
const zitadelNamespace = `zitadel-${mark}`;
const folder = mkdtempSync(join(tmpdir(), "zitadel-siem-webhooks-"));
const SECRET = randomBytes(16).toString("hex");
const URL_OF_WEBHOOK = `http://audit-log-webhooks.${namespace}.svc/logins`;

const engine = useEngine(async () => {
  await buildProducts((line) => console.log(line));
  return { plugins: ["kubernetes"] };
});
beforeAll(async () => {
  cluster = await ensureCluster();
  server = await startZitadel({ host: cluster.hostAddress, externalDomain: cluster.hostAddress });
  receiver = await startTestReceiver(cluster.hostAddress);
  await cluster.kubectl("create", "namespace", zitadelNamespace);
  stack = await engine().inlineStack({ project: uniqueName("webhooks"), program });
  await stack.up();
  await startPods();
});
afterAll(async () => {
  for (const name of [namespace, zitadelNamespace])
    await cluster?.kubectl("delete", "namespace", name, "--ignore-not-found", "--wait=false");
  await receiver?.close();
  await server?.close();
  await cluster?.stop();
  rmSync(folder, { recursive: true });
});

const settings: Pick<ForwarderArgs, "logLevel"> = {};

async function program() {
  const { hostname: domain, port } = new URL(server.url);
  const provider = new k8s.Provider("kubernetes", {
    kubeconfig: pulumi.secret(await cluster.kubectl("config", "view", "--raw")),
  });
  const forwarder = new Forwarder(
    "audit-log",
    {
      zitadel: { domain, port: Number(port), insecure: true },
      reader: { existingKey: { value: JSON.stringify(server.adminKey) } },
      events: { startFrom: "beginning" },
      logins: {
        organizations: [{ id: "301", secrets: [{ name: "first", value: SECRET }] }],
        webhook: {},
        stdout: { namespace: zitadelNamespace },
      },
      destinations: [{ name: "siem", http: { url: receiver.url } }],
      namespace,
      createNamespace: true,
      ...settings,
    },
    { provider },
  );
  return { url: forwarder.webhookUrl };
}

const pod = (name: string, labels: Record<string, string>, command: string[]) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: zitadelNamespace, labels },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: "main",
        image: "docker.io/library/node:24-bookworm-slim",
        imagePullPolicy: "IfNotPresent",
        command,
      },
    ],
  },
});

/** Tries both listeners of the first replica again and again, and keeps what it found on port 9000. */
const PROBE = `
  const found = {};
  const look = async (name, url) => {
    for (;;) found[name] = await fetch(url, { signal: AbortSignal.timeout(1000) }).then(
      ({ status }) => status, () => "shut off");
  };
  look("webhooks", "${URL_OF_WEBHOOK}");
  look("health", "http://audit-log-0.audit-log.${namespace}.svc:8081/metrics");
  require("http").createServer((_, response) => response.end(JSON.stringify(found))).listen(9000);`;
const zitadelLabels = { "app.kubernetes.io/name": "zitadel", "app.kubernetes.io/component": "start" };

async function startPods(): Promise<void> {
  const caller = readFileSync(join(__dirname, "caller.cjs"), "utf8");
  const script = `process.argv.splice(1, 0, "caller");${caller}`;
  const pods = [
    pod("caller", zitadelLabels, ["node", "-e", script, URL_OF_WEBHOOK, "301", SECRET]),
    pod("zitadel", zitadelLabels, ["node", "-e", PROBE]),
    pod("stranger", { app: "stranger" }, ["node", "-e", PROBE]),
  ];
  for (const one of pods) await cluster.applyManifest(JSON.stringify(one));
  const names = pods.map(({ metadata }) => `pod/${metadata.name}`);
  await cluster.kubectl(
    ...["wait", "--for=condition=Ready", ...names, "-n", zitadelNamespace, "--timeout=120s"],
  );
}

/** What a pod of ours says on port 9000. */
async function ask(name: string): Promise<Record<string, unknown>> {
  const address = await cluster.kubectl(
    ...["get", "pod", name, "-n", zitadelNamespace, "-o", "jsonpath={.status.podIP}"],
  );
  const answer = await fetch(`http://${address}:9000`).catch(() => undefined);
  return (await answer?.json()) as Record<string, unknown>;
}

async function until(what: string, isMet: () => Promise<boolean>, seconds = 120): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await isMet())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

interface PodSeen {
  metadata: { name: string; uid: string; deletionTimestamp?: string };
  status: { conditions?: { type: string; status: string }[] };
}
async function forwarderPods(): Promise<PodSeen[]> {
  const text = await cluster.kubectl("get", "pods", "-n", namespace, "-o", "json");
  return (JSON.parse(text) as { items: PodSeen[] }).items;
}
const isReady = ({ metadata, status }: PodSeen) =>
  metadata.deletionTimestamp === undefined &&
  status.conditions?.some(({ type, status: state }) => type === "Ready" && state === "True") === true;

/** Waits until the pod of that name is another one than before, and both are ready. */
async function replaced(name: string, before: PodSeen[]): Promise<void> {
  const uidOf = (pods: PodSeen[]) => pods.find(({ metadata }) => metadata.name === name)?.metadata.uid;
  await until(`${name} is replaced`, async () => {
    const now = await forwarderPods();
    return now.filter(isReady).length === 2 && uidOf(now) !== uidOf(before);
  });
}

/** Asks for the eviction of a pod, as a drain does; false when it is refused for the time being. */
async function evict(name: string): Promise<boolean> {
  const file = join(folder, "eviction.json");
  const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace } };
  writeFileSync(file, JSON.stringify(eviction));
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`;
  return cluster.kubectl("create", "--raw", path, "-f", file).then(
    () => true,
    (error: Error) => {
      expect(error.message).toContain("would violate the pod's disruption budget");
      return false;
    },
  );
}

const answered = async () => Number((await ask("caller"))?.["204"] ?? 0);

test("no call is refused during a roll, a drain and a deletion, and every login arrives", async () => {
  await until("calls are answered", async () => (await answered()) > 100);
  const counts: Record<string, number> = { start: await answered() };

  settings.logLevel = "debug";
  const before = await forwarderPods();
  await stack.up();
  const rolled = await forwarderPods();
  expect(rolled.filter(isReady)).toHaveLength(2);
  expect(new Set([...before, ...rolled].map(({ metadata }) => metadata.uid)).size).toBe(4);
  counts.roll = await answered();

  expect(await evict("audit-log-0")).toBe(true);
  expect(await evict("audit-log-1"), "the other one stays meanwhile").toBe(false);
  await replaced("audit-log-0", rolled);
  counts.drain = await answered();

  const drained = await forwarderPods();
  await cluster.kubectl("delete", "pod", "audit-log-1", "-n", namespace, "--wait=false");
  await replaced("audit-log-1", drained);
  counts.deletion = await answered();

  const all = await ask("caller");
  await cluster.kubectl("delete", "pod", "caller", "-n", zitadelNamespace, "--wait=true");
  const arrived = () =>
    new Set(receiver.records.filter(({ road }) => road === "webhook").map(({ id }) => id)).size;
  await until("every login arrives", async () => arrived() >= Number(all["204"]));
  console.log(`answered by the end of each: ${JSON.stringify(counts)}; ${arrived()} arrived`);
  console.log(`calls by answer: ${JSON.stringify(all)}`);
  expect(Object.keys(all), "every call got 204").toEqual(["204"]);
});

test("only ZITADEL's pods reach the webhooks, and nobody metrics and probes", async () => {
  const settled = async (name: string, found: Record<string, unknown>) => {
    const isFound = async () => {
      const seen = await ask(name);
      return Object.entries(found).every(([listener, what]) => seen?.[listener] === what);
    };
    await until(`${name} finds ${JSON.stringify(found)}`, isFound);
  };
  await settled("zitadel", { webhooks: 405, health: "shut off" });
  await settled("stranger", { webhooks: "shut off", health: "shut off" });
});

test("the account may read pods and their log in ZITADEL's namespace, and its checkpoint, and nothing else", async () => {
  const account = `--as=system:serviceaccount:${namespace}:audit-log`;
  const rules = async (place: string) => {
    const review = { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectRulesReview" };
    const file = join(folder, "review.json");
    writeFileSync(file, JSON.stringify({ ...review, spec: { namespace: place } }));
    const text = await cluster.kubectl(...["create", "--validate=false", "-f", file, account, "-o", "json"]);
    const { status } = JSON.parse(text) as {
      status: { resourceRules: { verbs: string[]; resources: string[]; resourceNames?: string[] }[] };
    };
    return status.resourceRules
      .filter(({ resources }) => !resources.some((name) => /^selfsubject/.test(name)))
      .map(({ verbs, resources, resourceNames = [] }) =>
        [verbs.join(","), resources.join(","), ...resourceNames].join(" "),
      )
      .sort();
  };
  expect(await rules(zitadelNamespace)).toEqual(["get pods/log", "get,list,watch pods"]);
  expect(await rules(namespace)).toEqual(["get,patch configmaps audit-log-checkpoint"]);
  expect(await rules("kube-system")).toEqual([]);
});
