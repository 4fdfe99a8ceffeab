import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Forwarder } from "../../components/index";
import type { LocalStack } from "../../local/engineStack";
import { buildProducts } from "../../local/run/build";
import { startZitadel, type Zitadel } from "../../local/zitadel/server";
import { uniqueName, useEngine } from "../engine/stack";
import { startTestReceiver, type TestReceiver } from "../engine/stage";
import { ensureCluster, type TestCluster } from "./cluster";
import { zitadelLabels } from "./zitadelPod";

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
/** Where ZITADEL would run; what may connect from there is tried by pods. */
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

async function startPods(): Promise<void> {
  const pods = [
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
