import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Cluster, ClusterError, ObjectReference } from "../../local/plugins/cluster";
import { localCluster } from "../../local/workload";
import { startWorkload, type Workload } from "../../local/workload/server";
import { Warden } from "../../local/workload/warden";

const namespace = "siem";
const statefulSet: ObjectReference = { apiVersion: "apps/v1", kind: "StatefulSet", namespace, name: "soc" };
const configMap = (name: string): ObjectReference => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  namespace,
  name,
});

/** A container that tells over HTTP what it sees, is ready on demand, and writes down how it ended. */
const program = `
const { createServer } = require("node:http");
const { readFileSync, writeFileSync, appendFileSync } = require("node:fs");
const [configuration, secrets, journal, account, api, health] = process.argv.slice(2);
const [host, port] = health.split(":");
const token = readFileSync(account + "/token", "utf8");
let ready = true;
appendFileSync(journal + "/starts", process.pid + "\\n");
process.on("SIGTERM", () => { writeFileSync(journal + "/ended", "well"); process.exit(0); });
createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://x");
  if (pathname === "/readyz") return response.writeHead(ready ? 200 : 503).end();
  if (pathname === "/exit") process.exit(7);
  if (pathname === "/unready") ready = false;
  if (pathname === "/checkpoint") {
    const headers = { authorization: "Bearer " + token, "content-type": "application/merge-patch+json" };
    const body = JSON.stringify({ data: { checkpoint: "42" } });
    const patched = await fetch(api, { method: "PATCH", headers, body });
    const read = await (await fetch(api, { headers })).json();
    const refused = await fetch(api);
    return response.end(JSON.stringify([patched.status, read.data, refused.status]));
  }
  response.end(JSON.stringify({
    configuration: readFileSync(configuration + "/configuration.json", "utf8"),
    password: readFileSync(secrets + "/password", "utf8"),
    namespace: readFileSync(account + "/namespace", "utf8"),
    ca: readFileSync(account + "/ca.crt", "utf8").slice(0, 27),
  }));
}).listen(Number(port), host);
`;

const manifests = (generation = "1") => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "soc", namespace },
  spec: {
    replicas: 1,
    template: {
      metadata: { annotations: { generation } },
      spec: {
        terminationGracePeriodSeconds: 20,
        containers: [
          {
            name: "forwarder",
            command: ["node", "/opt/app/program.cjs"],
            args: [
              "/etc/app",
              "/var/run/secrets/app",
              "/var/lib/app",
              "/var/run/account",
              `https://kubernetes.default.svc/api/v1/namespaces/${namespace}/configmaps/checkpoint`,
              "0.0.0.0:8081",
            ],
            ports: [{ name: "health", containerPort: 8081 }],
            readinessProbe: {
              httpGet: { path: "/readyz", port: "health" },
              periodSeconds: 0.1,
              failureThreshold: 1,
            },
            volumeMounts: [
              { name: "program", mountPath: "/opt/app" },
              { name: "configuration", mountPath: "/etc/app" },
              { name: "secrets", mountPath: "/var/run/secrets/app" },
              { name: "journal", mountPath: "/var/lib/app" },
              { name: "account", mountPath: "/var/run/account" },
            ],
          },
        ],
        volumes: [
          { name: "program", configMap: { name: "program" } },
          { name: "configuration", configMap: { name: "configuration" } },
          {
            name: "secrets",
            projected: {
              sources: [{ secret: { name: "credentials", items: [{ key: "p", path: "password" }] } }],
            },
          },
          {
            name: "account",
            projected: {
              sources: [
                { serviceAccountToken: { path: "token" } },
                { configMap: { name: "kube-root-ca.crt" } },
                {
                  downwardAPI: {
                    items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }],
                  },
                },
              ],
            },
          },
        ],
      },
    },
    volumeClaimTemplates: [{ metadata: { name: "journal" } }],
  },
});

const text = (name: string, data: Record<string, string>) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace },
  data,
});

const password = (value: string) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "credentials", namespace },
  data: { p: Buffer.from(value).toString("base64") },
});

const role = (resourceNames: string[]) => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "Role",
  metadata: { name: "checkpoint", namespace },
  rules: [{ apiGroups: [""], resources: ["configmaps"], resourceNames, verbs: ["get", "patch"] }],
});
const roleBinding = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "RoleBinding",
  metadata: { name: "checkpoint", namespace },
  roleRef: { kind: "Role", name: "checkpoint" },
  subjects: [{ kind: "ServiceAccount", name: "default", namespace }],
};

const wait = { timeout: 20_000, signal: new AbortController().signal, progress: () => undefined };

async function createAll(cluster: Cluster): Promise<void> {
  const create = { dryRun: false };
  await cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, create);
  await cluster.create(role(["checkpoint"]), create);
  await cluster.create(roleBinding, create);
  await cluster.create(text("program", { "program.cjs": program }), create);
  await cluster.create(text("configuration", { "configuration.json": "{}" }), create);
  await cluster.create(text("checkpoint", {}), create);
  await cluster.create(password("first"), create);
  await cluster.create(manifests(), create);
}

describe("the containers of a local run", () => {
  let folder: string;
  let warden: Warden;
  let workload: Workload;
  let cluster: Cluster;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "zitadel-siem-workload-"));
    warden = new Warden(folder);
    workload = await startWorkload(folder, warden);
    cluster = localCluster(workload.environment)!;
  });

  afterEach(async () => {
    await workload.close();
    await warden.close();
    expect(existsSync(folder)).toBe(false);
  });

  const address = () => `http://127.0.0.1:${workload.supervisor.pods[0]!.ports[0]!.get("health")}`;
  const seen = async () => (await (await fetch(address())).json()) as Record<string, string>;
  const journal = () => join(folder, "claims", `${namespace}_journal-soc-0`);
  const starts = () => readFileSync(join(journal(), "starts"), "utf8").trim().split("\n");
  const isReady = () =>
    cluster.awaitReady(statefulSet, { ...wait, timeout: 0 }).then(
      () => true,
      () => false,
    );

  it("run from the manifests, with their files, ports and probes", async () => {
    await createAll(cluster);
    await cluster.awaitReady(statefulSet, wait);
    expect(await seen()).toEqual({
      configuration: "{}",
      password: "first",
      namespace,
      ca: "-----BEGIN CERTIFICATE-----",
    });
    const secret = readdirSync(folder, { recursive: true, withFileTypes: true }).find(
      ({ name }) => name === "password",
    )!;
    expect(statSync(join(secret.parentPath, secret.name)).mode & 0o777).toBe(0o600);
    await fetch(`${address()}/unready`);
    await vi.waitUntil(async () => !(await isReady()), { timeout: 10_000 });
  });

  it("get the new content of a ConfigMap and a Secret while they run", async () => {
    await createAll(cluster);
    await cluster.awaitReady(statefulSet, wait);
    const apply = { dryRun: false, force: false, fieldManager: "pulumi" };
    await cluster.apply(text("configuration", { "configuration.json": '{"a":1}' }), apply);
    await cluster.apply(password("second"), apply);
    expect(await seen()).toMatchObject({ configuration: '{"a":1}', password: "second" });
    expect(starts()).toHaveLength(1);
  });

  it("wait for a Secret that is not there yet, and say so", async () => {
    await createAll(cluster);
    const secret = { ...configMap("credentials"), kind: "Secret" };
    await cluster.delete(statefulSet, { ...wait, propagation: "Foreground" });
    await cluster.delete(secret, { ...wait, propagation: "Foreground" });
    await cluster.create(manifests(), { dryRun: false });
    await vi.waitUntil(() => /Secret credentials is not there/.test(workload.supervisor.pods[0]!.reason));
    await expect(cluster.awaitReady(statefulSet, { ...wait, timeout: 0 })).rejects.toThrow(
      "StatefulSet siem/soc is not ready: pod soc-0: waits: Secret credentials is not there",
    );
    await cluster.create(password("late"), { dryRun: false });
    await cluster.awaitReady(statefulSet, wait);
    expect(await seen()).toMatchObject({ password: "late" });
  });

  it("start again when they end, with their volume as it was", async () => {
    await createAll(cluster);
    await cluster.awaitReady(statefulSet, wait);
    await fetch(`${address()}/exit`).catch(() => undefined);
    await vi.waitUntil(() => workload.supervisor.pods[0]!.restarts === 1 && starts().length === 2, {
      timeout: 10_000,
    });
    await cluster.awaitReady(statefulSet, wait);
  });

  it("are replaced by those of a new template, end well, and keep their volume until its claim goes", async () => {
    await createAll(cluster);
    await cluster.awaitReady(statefulSet, wait);
    const [first] = starts();
    await cluster.apply(manifests("2"), { dryRun: false, force: false, fieldManager: "pulumi" });
    const live = await cluster.awaitReady(statefulSet, wait);
    expect(live.metadata.generation).toBe(2);
    expect(starts()).toHaveLength(2);
    expect(starts()[0]).toBe(first);
    expect(() => process.kill(Number(first), 0)).toThrow("ESRCH");
    expect(readFileSync(join(journal(), "ended"), "utf8")).toBe("well");

    await cluster.delete(statefulSet, { ...wait, propagation: "Foreground" });
    expect(() => process.kill(Number(starts()[1]), 0)).toThrow("ESRCH");
    const claim = { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name: "journal-soc-0" };
    await cluster.delete(claim, { ...wait, propagation: "Foreground" });
    expect(existsSync(journal())).toBe(false);
  });

  it("read and write their checkpoint, with their service account's token only", async () => {
    await createAll(cluster);
    await cluster.awaitReady(statefulSet, wait);
    expect(await (await fetch(`${address()}/checkpoint`)).json()).toEqual([200, { checkpoint: "42" }, 401]);
    expect(await cluster.get(configMap("checkpoint"))).toMatchObject({ data: { checkpoint: "42" } });
    const apply = { dryRun: false, force: false, fieldManager: "pulumi" };
    await cluster.apply(role(["another"]), apply);
    const [forbidden] = (await (await fetch(`${address()}/checkpoint`)).json()) as number[];
    expect(forbidden, "what no Role allows is refused").toBe(403);
  });

  it("go with their namespace", async () => {
    await createAll(cluster);
    await cluster.awaitReady(statefulSet, wait);
    const [pid] = starts();
    const whole = { apiVersion: "v1", kind: "Namespace", name: namespace };
    await cluster.delete(whole, { ...wait, propagation: "Foreground" });
    expect(() => process.kill(Number(pid), 0)).toThrow("ESRCH");
    expect(await cluster.get(configMap("program"))).toBeUndefined();
  });

  it("are refused where the cluster would refuse them", async () => {
    const create = { dryRun: false };
    const reasonOf = (refused: Promise<unknown>) =>
      refused.then(
        () => undefined,
        (error: ClusterError) => error.reason,
      );
    expect(await reasonOf(cluster.create(text("early", {}), create))).toBe("NotFound");
    await createAll(cluster);
    expect(await reasonOf(cluster.create(text("program", {}), create))).toBe("AlreadyExists");
    expect(await reasonOf(cluster.isNamespaced("monitoring.coreos.com/v1", "ServiceMonitor"))).toBe(
      "UnknownKind",
    );
    expect(await reasonOf(cluster.get(configMap("nobody")))).toBeUndefined();
    const stranger = localCluster({ ...workload.environment, ZITADEL_SIEM_LOCAL_WORKLOAD_TOKEN: "guess" })!;
    expect(await reasonOf(stranger.get(configMap("program")))).toBe("Unreachable");
  });

  it("take over what an apply gives and drop what it no longer gives", async () => {
    await createAll(cluster);
    const apply = { dryRun: false, force: false, fieldManager: "pulumi" };
    const two = { ...text("configuration", { a: "1", b: "2" }) };
    const { metadata } = await cluster.apply(two, apply);
    expect((await cluster.apply(two, apply)).metadata.resourceVersion).toBe(metadata.resourceVersion);
    await cluster.apply(text("configuration", { b: "3" }), { ...apply, dryRun: true });
    expect(await cluster.get(configMap("configuration"))).toMatchObject({ data: { a: "1", b: "2" } });
    await cluster.apply(text("configuration", { b: "3" }), apply);
    expect((await cluster.get(configMap("configuration")))!.data).toEqual({ b: "3" });
  });
});

describe("a run that is killed", () => {
  it("takes its containers and its folder with it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "zitadel-siem-workload-"));
    const root = join(__dirname, "..", "..");
    const starter = spawn(process.execPath, ["--import", "tsx", join(__dirname, "killedRun.ts"), folder], {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const pid = await new Promise<number>((resolve, reject) => {
        starter.once("exit", (code) => reject(new Error(`the run ended with exit code ${code}`)));
        starter.stdout.once("data", (line: Buffer) => resolve(Number(line.toString())));
      });
      expect(process.kill(pid, 0)).toBe(true);
      starter.kill("SIGKILL");
      await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"), { timeout: 20_000 });
      await vi.waitUntil(() => !existsSync(folder), { timeout: 20_000 });
    } finally {
      starter.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
