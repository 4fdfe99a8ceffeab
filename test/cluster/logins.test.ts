import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as zitadel from "@pulumiverse/zitadel";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AuditLogStream, type AuditLogStreamArgs } from "../../components/index";
import { buildProducts } from "../../local/run/build";
import { AdjustableClock } from "../../local/zitadel/clock";
import { type LoginTraffic, startLogins } from "../../local/zitadel/loginTraffic";
import { startZitadel, type Zitadel } from "../../local/zitadel/server";
import { FLOWS, POST_AUTHENTICATION } from "../../local/zitadel/signIn";
import type { ArrivedLogin } from "../completeness/logins";
import { until } from "../completeness/stage";
import { uniqueName, useEngine } from "../engine/stack";
import { startTestReceiver, type TestReceiver } from "../engine/stage";
import { ensureCluster, type TestCluster } from "./cluster";
import { startZitadelPod, type ZitadelPod, zitadelLabels } from "./zitadelPod";

/*
 * People sign in at 20 a second while a stack goes through its life. Their Actions are the bound ones, run in a pod in
 * ZITADEL's place; what must arrive is counted from ZITADEL's own events and from the runs of Actions.
 */
let cluster: TestCluster;
let server: Zitadel;
let receiver: TestReceiver;
let zitadelPod: ZitadelPod;
let traffic: LoginTraffic | undefined;
const mark = randomBytes(4).toString("hex");
const namespace = `logins-${mark}`;
const zitadelNamespace = `zitadel-${mark}`;
const clock = new AdjustableClock();

const engine = useEngine(async () => {
  await buildProducts((line) => console.log(line));
  return { plugins: ["zitadel", "kubernetes", "random"] };
});
beforeAll(async () => {
  cluster = await ensureCluster();
  zitadelPod = await startZitadelPod(cluster, zitadelNamespace);
  const { engine: executable, onLogLine } = zitadelPod.logins;
  server = await startZitadel({
    host: cluster.hostAddress,
    externalDomain: cluster.hostAddress,
    clock,
    logins: {
      engine: executable,
      onLogLine: (line) => {
        if (line.includes("action run failed")) failedRuns.push(line);
        onLogLine!(line);
      },
    },
  });
  receiver = await startTestReceiver(cluster.hostAddress);
});
afterAll(async () => {
  await traffic?.stop().catch(() => undefined);
  await server?.close();
  await zitadelPod?.close();
  for (const name of [namespace, zitadelNamespace])
    await cluster?.kubectl("delete", "namespace", name, "--ignore-not-found", "--wait=false");
  await receiver?.close();
  await cluster?.stop();
});

const settings: Pick<AuditLogStreamArgs, "logLevel"> & { secrets: string[] } = { secrets: ["2026-11"] };

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
  const { secrets, ...rest } = settings;
  new AuditLogStream(
    "audit-log",
    {
      zitadel: { domain, port: Number(port), insecure: true },
      organizationId: server.organizationId,
      reader: { keys: [{ name: "first", expires: "2035-01-01T00:00:00Z" }] },
      logins: {
        organizations: [{ id: server.organizationId }],
        secrets,
        webhook: {
          from: [
            {
              namespaceLabels: { "kubernetes.io/metadata.name": zitadelNamespace },
              podLabels: zitadelLabels,
            },
          ],
        },
        // A busy machine may answer late; a call that is refused fails at once.
        timeoutSeconds: 20,
      },
      destinations: [{ name: "siem", http: { url: receiver.url } }],
      namespace,
      createNamespace: true,
      ...rest,
    },
    { providers: { zitadel: provider, kubernetes } },
  );
}

/** Somebody's attempt, once it has ended. */
interface Attempt {
  /** What happened when it began. */
  during: string;
  authRequest: string;
  runs: number;
}
const attempts: Attempt[] = [];
const failedRuns: string[] = [];
let phase = "";

/**
 * So many attempts are under way at once. A machine that does not keep the pace has people come more slowly: runs that
 * queue up before the engine would begin when their Action and the forwarder are gone.
 */
const MOST_UNDER_WAY = 10;

/** Lets people sign in until the end of the test. */
function signPeopleIn(): LoginTraffic {
  const underWay = new Set<Promise<unknown>>();
  const watched: Zitadel = {
    ...server,
    signIn: async (attempt) => {
      while (underWay.size >= MOST_UNDER_WAY) await Promise.race(underWay);
      const during = phase;
      const one = server.signIn(attempt);
      underWay.add(one);
      const ended = await one.finally(() => underWay.delete(one));
      const { authRequest, runs } = ended;
      if (authRequest !== undefined) attempts.push({ during, authRequest, runs });
      return ended;
    },
  };
  return startLogins(watched, { seed: 7, loginsPerSecond: 20 });
}

/** Does something while people sign in, and says how often an Action ran meanwhile. */
async function during(what: string, work: () => Promise<unknown>): Promise<void> {
  phase = what;
  const started = performance.now();
  await work();
  const seconds = (performance.now() - started) / 1000;
  console.log(
    `${what}: ${seconds.toFixed(1)} s, ${ranDuring(what)} runs, ${failedRuns.length} failed so far`,
  );
}
const ranDuring = (what: string) => attempts.filter((one) => one.during === what && one.runs > 0).length;

interface PodSeen {
  metadata: { name: string; uid: string; deletionTimestamp?: string };
  status: { podIP?: string; conditions?: { type: string; status: string }[] };
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
  const isReplaced = async () => {
    const now = await forwarderPods();
    return now.filter(isReady).length === 2 && uidOf(now) !== uidOf(before);
  };
  await until(`${name} is replaced`, 120, isReplaced, undefined, 200);
}

/** Asks for the eviction of a pod, as a drain does; false when it is refused for the time being. */
async function evict(name: string): Promise<boolean> {
  const file = join(engine().folder, "eviction.json");
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

/** The authentication requests of the login records that came from a source. */
const arrivedBy = (source: string) =>
  new Set(
    (receiver.records as unknown as ArrivedLogin[])
      .filter((record) => record.source === source && "login" in record)
      .map(({ login }) => login.authRequest as string),
  );

/** The checks of a time among ZITADEL's events, by their authentication requests. */
function checksSince(micros: number): Set<string> {
  const checks = new Set<string>();
  for (const { eventType, createdAt, payload } of server.store.history()) {
    if (createdAt >= micros && /\.(password|externallogin)\.check\./.test(eventType))
      checks.add((payload as { id: string }).id);
  }
  return checks;
}

/** From when on the forwarder watches checks: microseconds of ZITADEL's time. */
async function watchedSince(): Promise<number> {
  const { status } = (await forwarderPods()).find(({ metadata }) => metadata.name === "audit-log-0")!;
  const answer = await fetch(`http://${status.podIP}:8081/readyz`);
  const { logins } = (await answer.json()) as { logins: { since: Record<string, string> } };
  return Date.parse(logins.since[server.organizationId]!) * 1000;
}

test("from the first install to destroy every call of an Action is answered, and every check has its record", async () => {
  const stack = await engine().inlineStack({ project: uniqueName("logins"), program });
  const unbind = (flow: number) => server.actions.bind(server.administrator, flow, POST_AUTHENTICATION, []);
  traffic = signPeopleIn();

  await during("first install", () => stack.up());
  await during("a new secret", () => {
    settings.secrets = ["2026-11", "2027-02"];
    return stack.up();
  });
  const before = await forwarderPods();
  await during("the old secret goes, with another configuration", () => {
    settings.secrets = ["2027-02"];
    settings.logLevel = "debug";
    return stack.up();
  });
  const rolled = await forwarderPods();
  expect(rolled.filter(isReady)).toHaveLength(2);
  expect(new Set([...before, ...rolled].map(({ metadata }) => metadata.uid)).size).toBe(4);
  await during("a drain", async () => {
    expect(await evict("audit-log-0")).toBe(true);
    expect(await evict("audit-log-1"), "the other one stays meanwhile").toBe(false);
    await replaced("audit-log-0", rolled);
  });
  const drained = await forwarderPods();
  await during("a deletion", async () => {
    await cluster.kubectl("delete", "pod", "audit-log-1", "-n", namespace, "--wait=false");
    await replaced("audit-log-1", drained);
  });

  await during("unbound by hand", async () => {
    for (const flow of Object.values(FLOWS)) await unbind(flow);
    const unseen = () => attempts.filter((one) => one.during === phase && one.runs === 0).length;
    await until("people sign in without an Action", 60, () => unseen() >= 20);
  });
  await during("mended", () => stack.up());

  const since = await watchedSince();
  const unreported = () => {
    const ran = new Set(attempts.filter(({ runs }) => runs > 0).map(({ authRequest }) => authRequest));
    const ended = new Set(attempts.map(({ authRequest }) => authRequest));
    return [...checksSince(since)].filter((check) => ended.has(check) && !ran.has(check));
  };
  const silent = unreported();
  await during("five minutes later", async () => {
    clock.jump(310_000_000);
    const isTold = () => {
      const told = arrivedBy("events");
      return silent.every((check) => told.has(check));
    };
    await until("checks without a run of an Action are reported", 120, isTold, undefined, 500);
  });
  await during("destroy", () => stack.destroy());
  await traffic.stop();

  const quiet = ["unbound by hand", "five minutes later"];
  const phases = [...new Set(attempts.map((one) => one.during))].filter((one) => !quiet.includes(one));
  expect(phases.map((what) => [what, ranDuring(what) > 0])).toEqual(phases.map((what) => [what, true]));
  const byWebhook = arrivedBy("webhook");
  const ran = attempts.filter(({ runs }) => runs > 0);
  const lost = ran.filter(({ authRequest }) => !byWebhook.has(authRequest));
  console.log(
    `${attempts.length} attempts, Actions ran for ${ran.length}, ${byWebhook.size} records of them arrived; ` +
      `${silent.length} checks without a run reported from the events`,
  );
  expect(silent.length).toBeGreaterThanOrEqual(20);
  expect(failedRuns).toEqual([]);
  expect(lost).toEqual([]);
});
