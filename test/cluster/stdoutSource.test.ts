import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { loginId } from "../../forwarder/records/identity";
import { type LogTime, readLogTime } from "../../forwarder/sources/stdout/logTime";
import { temporaryFolder } from "../forwarder/journal/records";
import { loginLine, ORGANIZATION, scriptId } from "../forwarder/sources/stdout/lines";
import { type Run, start } from "../forwarder/sources/stdout/rig";
import { ensureCluster, type TestCluster } from "./cluster";

/*
 * The stdout source against a real API server, kubelet and container runtime: pods that log what they are told to.
 * What must arrive is counted from the node's own log files.
 */
let cluster: TestCluster;
let kubernetes: string;
let account: string;
let run: Run | undefined;
const namespace = `logs-${randomBytes(4).toString("hex")}`;
const podLogs = () => join(realpathSync("/run/zitadel-siem-cluster/root"), "pod-logs");

/**
 * Writes the body of each request to standard error, or 12 MB of lines that are none of ours: more than the node keeps
 * in one file. Ends when it is told to.
 */
const SCRIPT = `
const fill = (lines) => {
  if (lines > 0) process.stderr.write("x".repeat(15_000) + "\\n", () => setImmediate(fill, lines - 1));
};
require("http").createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part)).on("end", () => {
    if (request.url === "/exit") process.exit(1);
    if (request.url === "/fill") fill(800);
    process.stderr.write(Buffer.concat(parts), () => response.end());
  });
}).listen(8080)`;

beforeAll(async () => {
  cluster = await ensureCluster();
  const config = JSON.parse(await cluster.kubectl("config", "view", "--raw", "-o", "json"));
  kubernetes = config.clusters[0].cluster.server;
  await cluster.kubectl("create", "namespace", namespace);
  await cluster.kubectl("create", "serviceaccount", "reader", "-n", namespace);
  account = accountFolder(
    Buffer.from(config.clusters[0].cluster["certificate-authority-data"], "base64").toString(),
    await cluster.kubectl("create", "token", "reader", "-n", namespace),
  );
});
afterEach(async () => {
  await run?.stop();
  run = undefined;
});
afterAll(async () => {
  await cluster?.kubectl("delete", "namespace", namespace, "--wait=false");
  await cluster?.stop();
  rmSync(account, { recursive: true, force: true });
});

/** The service account's folder as a pod has it. */
function accountFolder(ca: string, token: string): string {
  const folder = mkdtempSync(join(tmpdir(), "service-account-"));
  writeFileSync(join(folder, "ca.crt"), ca);
  writeFileSync(join(folder, "token"), token);
  return folder;
}

async function addPod(name: string): Promise<void> {
  await cluster.applyManifest(
    JSON.stringify({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace, labels: { "app.kubernetes.io/name": "zitadel" } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: "zitadel",
            image: "docker.io/library/node:24-bookworm-slim",
            imagePullPolicy: "IfNotPresent",
            command: ["node", "-e", SCRIPT],
          },
        ],
      },
    }),
  );
  await cluster.kubectl("wait", "--for=condition=Ready", `pod/${name}`, "-n", namespace, "--timeout=90s");
}

/** Sends a request to the pod, again until it answers. */
async function tell(name: string, path: string, body: string): Promise<void> {
  const ip = await cluster.kubectl("get", "pod", name, "-n", namespace, "-o", "jsonpath={.status.podIP}");
  for (const deadline = performance.now() + 60_000; ; await pause(200)) {
    try {
      await fetch(`http://${ip}:8080${path}`, { method: "POST", body, headers: { connection: "close" } });
      return;
    } catch (error) {
      if (path === "/exit") return;
      if (performance.now() > deadline) throw error;
    }
  }
}

const ids = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => loginId(ORGANIZATION, scriptId(from + n)));
const write = (name: string, from: number, to: number) =>
  tell(name, "/", Array.from({ length: to - from }, (_, n) => `${loginLine(from + n)}\n`).join(""));

/** The container's log files on the node, the present one last: times of their lines that hold a login. */
function files(name: string): { file: string; times: LogTime[]; logins: LogTime[] }[] {
  const folder = readdirSync(podLogs()).find((one) => one.startsWith(`${namespace}_${name}_`));
  const path = join(podLogs(), folder as string, "zitadel");
  return readdirSync(path)
    .filter((file) => !file.endsWith(".gz") && !file.endsWith(".tmp"))
    .sort((a, b) => b.length - a.length || (a < b ? -1 : 1))
    .map((file) => {
      const lines = readFileSync(join(path, file), "utf8").trim().split("\n").filter(Boolean);
      const timeOf = (line: string) => readLogTime(line.slice(0, line.indexOf(" "))) as LogTime;
      return {
        file,
        times: lines.map(timeOf),
        logins: lines.filter((line) => line.includes("zitadel-siem/1")).map(timeOf),
      };
    });
}

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const deadline = performance.now() + 120_000; !(await condition()); await pause(50))
    if (performance.now() > deadline) throw new Error(`${what} did not come to hold within 120 s`);
}
const untilLogins = async (from: number, to: number) => {
  await until(() => run!.logins().length >= to - from, `logins ${from} to ${to} are in the journal`);
  expect(run!.logins().sort()).toEqual(ids(from, to).sort());
};
const begin = (folder: string) => {
  run = start(kubernetes, folder, 1 << 30, { namespace, serviceAccount: account });
};
const end = async () => {
  await run?.stop();
  run = undefined;
};

test("names the rule that the Role lacks, and follows pods, new ones and restarts once it has it", async () => {
  const folder = temporaryFolder();
  await addPod("zitadel-a");
  await write("zitadel-a", 0, 5);
  begin(folder);
  await until(() => run!.source.state().fault !== undefined, "the refusal is told");
  expect(run!.source.state().fault!.remedy).toContain('resources: ["pods"], verbs: ["list"]');
  const role = ["create", "role", "reader", "-n", namespace, "--verb=get,list,watch", "--resource=pods"];
  await cluster.kubectl(...role, "--resource=pods/log");
  await cluster.kubectl(
    ...["create", "rolebinding", "reader", "-n", namespace, "--role=reader"],
    `--serviceaccount=${namespace}:reader`,
  );
  await untilLogins(0, 5);
  await addPod("zitadel-b");
  await write("zitadel-b", 5, 10);
  await untilLogins(0, 10);

  await write("zitadel-a", 10, 15);
  await tell("zitadel-a", "/exit", "");
  await write("zitadel-a", 15, 20);
  await untilLogins(0, 20);

  // While nobody follows: more lines, a restart, and more lines.
  await end();
  await write("zitadel-b", 20, 25);
  await tell("zitadel-b", "/exit", "");
  await write("zitadel-b", 25, 30);
  begin(folder);
  await untilLogins(0, 30);
  await write("zitadel-b", 30, 35);
  await cluster.kubectl("delete", "pod", "zitadel-b", "-n", namespace);
  await untilLogins(0, 35);
  await until(() => run!.source.state().containers === 1, "the deleted pod is forgotten");
  expect(run!.gaps()).toEqual([]);
  expect(run!.source.ready()).toBe(true);
  await end();
  await cluster.kubectl("delete", "pod", "zitadel-a", "-n", namespace);
});

test("goes on through the node's rotation of a log, and reports what was rotated away while it was not there", async () => {
  const folder = temporaryFolder();
  await addPod("zitadel-c");
  await write("zitadel-c", 0, 5);
  begin(folder);
  await untilLogins(0, 5);
  const rotate = async () => {
    const before = new Set(files("zitadel-c").map(({ times }) => times[0]));
    await tell("zitadel-c", "/fill", "");
    await until(() => !before.has(files("zitadel-c").at(-1)!.times[0]), "the node has rotated the log");
  };
  await rotate();
  await write("zitadel-c", 5, 10);
  await untilLogins(0, 10);
  expect(run!.gaps()).toEqual([]);

  await end();
  const last = files("zitadel-c").at(-1)!.times.at(-1);
  await write("zitadel-c", 1_000, 1_005);
  await rotate();
  await write("zitadel-c", 10, 15);
  begin(folder);
  await untilLogins(0, 15);
  const present = files("zitadel-c").at(-1)!;
  expect(run!.gaps()).toMatchObject([
    { pod: "zitadel-c", container: "zitadel", from: last, to: present.times[0] },
  ]);
  expect(present.logins).toHaveLength(5);
});
