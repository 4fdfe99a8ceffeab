import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Cluster, KubernetesObject } from "../../local/plugins/cluster";
import { localCluster } from "../../local/workload";
import { startWorkload, type Workload } from "../../local/workload/server";
import { Warden } from "../../local/workload/warden";

/** Several pods of one StatefulSet in a local run: their names, their Service, and how they come and go. */
const namespace = "siem";
const labels = { app: "web" };

/** Says its arguments; is ready at once, and ends when the calls under way are answered. */
const program = `
const [port, ...said] = process.argv.slice(1);
const server = require("node:http").createServer((_, response) => {
  response.setHeader("connection", "close").end(said.join(" "));
});
server.listen(Number(port.split(":")[1]), "127.0.0.1");
process.on("SIGTERM", () => server.close(() => process.exit(0)));
`;

const statefulSet = (replicas: number, generation = "1") => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "web", namespace },
  spec: {
    replicas,
    template: {
      metadata: { labels },
      spec: {
        containers: [
          {
            name: "web",
            command: ["node", "-e", program],
            args: ["0.0.0.0:8080", "$(POD_NAME)", generation, "http://web-0.web.siem.svc:8080"],
            env: [{ name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
            ports: [{ name: "http", containerPort: 8080 }],
            readinessProbe: { httpGet: { path: "/", port: "http" }, periodSeconds: 0.1 },
          },
        ],
      },
    },
    volumeClaimTemplates: [{ metadata: { name: "data" } }],
  },
});

const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web-calls", namespace },
  spec: { selector: labels, ports: [{ port: 80, targetPort: "http" }] },
};

const claim = (ordinal: number, owner?: KubernetesObject) => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: {
    name: `data-web-${ordinal}`,
    namespace,
    ...(owner && { ownerReferences: [{ uid: owner.metadata.uid }] }),
  },
});

let folder: string;
let warden: Warden;
let workload: Workload;
let cluster: Cluster;
const create = (object: KubernetesObject) => cluster.create(object, { dryRun: false });
const apply = (object: KubernetesObject) =>
  cluster.apply(object, { dryRun: false, force: false, fieldManager: "pulumi" });
const wait = {
  timeout: 30_000,
  signal: new AbortController().signal,
  progress: () => undefined,
  propagation: "Foreground" as const,
};
const reference = ({ apiVersion, kind, metadata: { name = "" } }: KubernetesObject) => ({
  apiVersion,
  kind,
  namespace,
  name,
});
const awaitReady = (replicas: number) => cluster.awaitReady(reference(statefulSet(replicas)), wait);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "zitadel-siem-replicas-"));
  warden = new Warden(folder);
  workload = await startWorkload(folder, warden);
  cluster = localCluster(workload.environment)!;
  await create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
});
afterEach(async () => {
  await workload.close();
  await warden.close();
});

/** What the pod says that took the call. */
async function call(url = "http://web-calls.siem.svc/"): Promise<string> {
  return (await fetch(await workload.supervisor.network.reach(url))).text();
}
async function callEach(calls: number): Promise<string[]> {
  const said: string[] = [];
  for (let index = 0; index < calls; index++) said.push((await call()).split(" ").slice(0, 2).join(" "));
  return [...new Set(said)].sort();
}

it("each pod knows its name and is reached by it, and a Service leads to all that are ready", async () => {
  await create(service);
  await expect(call(), "nobody is behind it yet").rejects.toThrow("fetch failed");
  await create(statefulSet(2));
  await awaitReady(2);
  expect(await callEach(4)).toEqual(["web-0 1", "web-1 1"]);
  expect(await call("http://web-1.web.siem.svc:8080/")).toMatch(/^web-1 1 /);
  const [, , peer] = (await call()).split(" ");
  expect(await (await fetch(peer!)).text(), "an address in its arguments leads there").toMatch(/^web-0 /);
});

it("a roll goes pod by pod, and no call is refused meanwhile", async () => {
  await create(service);
  await create(statefulSet(2));
  await awaitReady(2);
  let rolled = false;
  const counts = { answered: 0, refused: 0 };
  const calling = (async () => {
    while (!rolled) {
      await call().then(
        () => counts.answered++,
        () => counts.refused++,
      );
    }
  })();
  await apply(statefulSet(2, "2"));
  await awaitReady(2);
  rolled = true;
  await calling;
  console.log(counts);
  expect(counts.refused).toBe(0);
  expect(counts.answered).toBeGreaterThan(0);
  expect(await callEach(4)).toEqual(["web-0 2", "web-1 2"]);
});

it("scaling in leaves the claim and its volume; they go with the claim that owns them", async () => {
  const volume = (ordinal: number) => join(folder, "claims", `${namespace}_data-web-${ordinal}`);
  const first = await create(claim(0));
  await create(claim(1, first));
  await create(statefulSet(2));
  await awaitReady(2);
  await apply(statefulSet(1));
  await awaitReady(1);
  expect(workload.supervisor.pods.map(({ identity }) => identity.name)).toEqual(["web-0"]);
  expect(await cluster.get(reference(claim(1)))).toBeDefined();
  expect(existsSync(volume(1))).toBe(true);

  await cluster.delete(reference(statefulSet(1)), wait);
  await cluster.delete(reference(claim(0)), wait);
  expect(await cluster.get(reference(claim(1)))).toBeUndefined();
  expect([volume(0), volume(1)].map(existsSync)).toEqual([false, false]);
});
