import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { clusterProcesses, ensureCluster, type TestCluster } from "./cluster";

/** What the tests of other parts rely on in the cluster itself. */
let cluster: TestCluster;
const namespace = `cluster-${randomBytes(4).toString("hex")}`;
const server = createServer((_, response) => response.end("host"));

beforeAll(async () => {
  cluster = await ensureCluster();
  await cluster.kubectl("create", "namespace", namespace);
  await new Promise<void>((resolve) => server.listen(0, cluster.hostAddress, resolve));
});
afterAll(async () => {
  server.close();
  await cluster?.kubectl("delete", "namespace", namespace, "--wait=false");
  await cluster?.stop();
});

const pod = (name: string, labels: Record<string, string>, script: string, volumes = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace, labels },
  spec: {
    restartPolicy: "Never",
    terminationGracePeriodSeconds: 0,
    securityContext: { runAsUser: 1000, fsGroup: 1000 },
    ...volumes,
    containers: [
      {
        name: "main",
        image: "docker.io/library/node:24-bookworm-slim",
        imagePullPolicy: "IfNotPresent",
        command: ["node", "-e", script],
        ...("volumes" in volumes && { volumeMounts: [{ name: "data", mountPath: "/data" }] }),
      },
    ],
  },
});
const apply = (object: object) => cluster.applyManifest(JSON.stringify(object));

/** Runs a script in a Pod to its end and gives what it printed. */
async function inPod(name: string, script: string, volumes = {}): Promise<string> {
  await apply(pod(name, { app: name }, script, volumes));
  const ended = [
    "wait",
    "--for=jsonpath={.status.phase}=Succeeded",
    `pod/${name}`,
    "-n",
    namespace,
    "--timeout=60s",
  ];
  await cluster.kubectl(...ended);
  return cluster.kubectl("logs", name, "-n", namespace);
}

/** For scripts in Pods: `get(url)` over a connection of its own; `refused` where there is no answer. */
const GET = `
  const get = (url, options = {}) => new Promise((resolve) => {
    require(url.split(":")[0]).get(url, { agent: false, timeout: 1000, ...options }, (response) => {
      let text = "";
      response.on("data", (chunk) => { text += chunk; }).on("end", () => resolve(text));
    }).on("timeout", function () { this.destroy(new Error()); }).on("error", () => resolve("refused"));
  });`;
const hostUrl = () => `http://${cluster.hostAddress}:${(server.address() as AddressInfo).port}`;

test("a Pod reaches a Service by its name, the API server, and this machine at its bridge address", async () => {
  await apply(
    pod("web", { app: "web" }, "require('http').createServer((_, r) => r.end('web')).listen(8080)"),
  );
  await apply({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace },
    spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }] },
  });
  await cluster.kubectl("wait", "--for=condition=Ready", "pod/web", "-n", namespace, "--timeout=60s");
  const script = `${GET}
    const ca = require("fs").readFileSync("/var/run/secrets/kubernetes.io/serviceaccount/ca.crt");
    (async () => {
      for (const url of ["http://web", "${hostUrl()}", "https://kubernetes.default.svc/version"]) {
        let text;
        do text = await get(url, { ca }); while (text === "refused");
        console.log(JSON.stringify(text));
      }
    })();`;
  const answers = (await inPod("client", script)).trim().split("\n");
  const [web, host, version] = answers.map((line) => JSON.parse(line) as string);
  expect([web, host]).toEqual(["web", "host"]);
  expect(JSON.parse(version!)).toMatchObject({ major: "1" });
});

test("a NetworkPolicy shuts a Pod off from everything that it does not name", async () => {
  await apply({
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "shut", namespace },
    spec: { podSelector: { matchLabels: { app: "shut" } }, policyTypes: ["Egress"], egress: [] },
  });
  // A new Pod is open until the policies are synchronized: this one ends when it is shut off.
  const script = `${GET}
    (async () => { while ((await get("${hostUrl()}")) === "host"); console.log("shut"); })();`;
  expect(await inPod("shut", script)).toBe("shut\n");
});

test("a volume keeps its data for the next Pod of the claim, and is writable for the Pod's group", async () => {
  await apply({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "data", namespace },
    spec: { accessModes: ["ReadWriteOncePod"], resources: { requests: { storage: "10Mi" } } },
  });
  const volumes = { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }] };
  await inPod("writer", "require('fs').writeFileSync('/data/kept', 'kept')", volumes);
  const read = "process.stdout.write(require('fs').readFileSync('/data/kept'))";
  expect(await inPod("reader", read, volumes)).toBe("kept");
});

test("the API server listens at the bridge only", async () => {
  const outcome = await new Promise((resolve) => {
    const socket = connect(6443, "127.0.0.1");
    socket.once("connect", () => resolve("connected")).once("error", ({ message }) => resolve(message));
  });
  expect(outcome).toMatch(/ECONNREFUSED/);
});

test("it stays until the last process that uses it lets go", async () => {
  const tool = (name: string, ...args: string[]) =>
    execFileSync(join(__dirname, "../../tools/cluster", name), args, { stdio: "ignore" });
  const other: ChildProcess = spawn("sleep", ["60"]);
  const before = clusterProcesses();
  tool("up.sh", "--for", String(other.pid));
  tool("down.sh", "--for", String(other.pid));
  other.kill();
  expect(clusterProcesses()).toEqual(before);
  expect(before.size).toBe(9);
});
