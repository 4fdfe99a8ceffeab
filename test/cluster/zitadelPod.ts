import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ZitadelOptions } from "../../local/zitadel/server";
import { ensureActionEngine } from "../../tools/goja/ensureActionEngine";
import type { TestCluster } from "./cluster";

/** The labels that ZITADEL's chart gives its pods. */
export const zitadelLabels = { "app.kubernetes.io/name": "zitadel", "app.kubernetes.io/component": "start" };

/** A pod in the place of ZITADEL's. */
export interface ZitadelPod {
  /**
   * For the stand-in: its Actions run in the pod, with the cluster's names, routes and policies, and its log is the
   * pod's.
   */
  logins: NonNullable<ZitadelOptions["logins"]>;
  /** Ends what talks to the pod; the stand-in must be closed before. */
  close(): Promise<void>;
}

const ENGINE_PORT = 9000;
const LOG_PORT = 9001;

/** Runs an engine of Actions for each connection to the one port, and writes what comes to the other to its log. */
const SCRIPT = `
const { createServer } = require("net");
const { spawn } = require("child_process");
createServer({ allowHalfOpen: true }, (socket) => {
  const engine = spawn("/engine/zitadel-actions", { stdio: ["pipe", "pipe", "inherit"] });
  socket.pipe(engine.stdin);
  engine.stdout.pipe(socket);
}).listen(${ENGINE_PORT});
createServer((socket) => socket.pipe(process.stderr, { end: false })).listen(${LOG_PORT});`;

/** What the stand-in starts as its engine: the one in the pod. */
const connector = (host: string) => `#!${process.execPath}
const socket = require("net").connect({ host: "${host}", port: ${ENGINE_PORT}, allowHalfOpen: true });
process.stdin.pipe(socket).pipe(process.stdout);
`;

/** Starts the pod in a new namespace, and resolves when it is ready. */
export async function startZitadelPod(cluster: TestCluster, namespace: string): Promise<ZitadelPod> {
  const { kubectl } = cluster;
  const engine = await ensureActionEngine((line) => console.log(line));
  await kubectl("create", "namespace", namespace);
  await cluster.applyManifest(JSON.stringify(manifest(namespace, dirname(engine))));
  const place = ["pod/zitadel", "-n", namespace];
  await kubectl("wait", "--for=condition=Ready", ...place, "--timeout=120s");
  const host = await kubectl("get", ...place, "-o", "jsonpath={.status.podIP}");
  const folder = mkdtempSync(join(tmpdir(), "zitadel-siem-zitadel-pod-"));
  const script = join(folder, "engine");
  writeFileSync(script, connector(host), { mode: 0o700 });
  const log = connect({ host, port: LOG_PORT });
  await once(log, "connect");
  return {
    logins: { engine: script, onLogLine: (line) => log.write(`${line}\n`) },
    async close() {
      log.destroy();
      rmSync(folder, { recursive: true });
    },
  };
}

const manifest = (namespace: string, engineFolder: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "zitadel", namespace, labels: zitadelLabels },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: "zitadel",
        image: "docker.io/library/node:24-bookworm-slim",
        imagePullPolicy: "IfNotPresent",
        command: ["node", "-e", SCRIPT],
        readinessProbe: { tcpSocket: { port: LOG_PORT }, periodSeconds: 1 },
        env: [{ name: "GOGC", value: "400" }],
        volumeMounts: [{ name: "engine", mountPath: "/engine", readOnly: true }],
      },
    ],
    volumes: [{ name: "engine", hostPath: { path: engineFolder } }],
  },
});
