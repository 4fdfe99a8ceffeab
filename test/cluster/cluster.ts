import { execFile, spawn } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const tools = join(__dirname, "../../tools/cluster");
const state = "/run/zitadel-siem-cluster";

export interface TestCluster {
  /** Path of an administrator's kubeconfig. */
  kubeconfig: string;
  /** This machine's address for pods: what listens there can be reached by them. */
  hostAddress: string;
  /** Runs kubectl with that kubeconfig and gives its standard output; throws with its standard error. */
  kubectl(...args: string[]): Promise<string>;
  /** As `kubectl apply -f -`. */
  applyManifest(yaml: string): Promise<void>;
  /** This process needs the cluster no longer; it ends when no other does. */
  stop(): Promise<void>;
}

/**
 * The cluster of the tests, built and started where it is not yet (`tools/cluster`). It stays as long as a
 * process that asked for it lives and has not called `stop`; tests share it and keep apart by namespaces.
 * StorageClasses: `local` (default, waits for the first consumer) and `local-immediate`.
 */
export async function ensureCluster(): Promise<TestCluster> {
  const holder = String(process.pid);
  await run(join(tools, "build.sh"));
  await run(join(tools, "up.sh"), "--for", holder);
  const kubeconfig = join(state, "kubeconfig");
  const kube = join(dirname(readlinkSync(join(state, "root"))), "kube");
  const environment = { ...process.env, KUBECONFIG: kubeconfig };
  const execute = promisify(execFile);
  return {
    kubeconfig,
    hostAddress: "10.244.0.1",
    kubectl: async (...args) => {
      const { stdout } = await execute(kube, ["kubectl", ...args], {
        env: environment,
        maxBuffer: 64 << 20,
      });
      return stdout;
    },
    applyManifest: async (yaml) => {
      const child = execute(kube, ["kubectl", "apply", "-f", "-"], { env: environment });
      child.child.stdin!.end(yaml);
      await child;
    },
    stop: () => run(join(tools, "down.sh"), "--for", holder),
  };
}

/** The parts that run, by name, with their process ids. */
export function clusterProcesses(): Map<string, number> {
  const folder = join(state, "pids");
  return new Map(readdirSync(folder).map((name) => [name, Number(readFileSync(join(folder, name), "utf8"))]));
}

/** Runs one of the tools; what it says goes to standard error, so that a test run shows that it goes on. */
async function run(script: string, ...args: string[]): Promise<void> {
  const child = spawn(script, args, { stdio: ["ignore", 2, 2] });
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`${script} ended with exit code ${code}; what it said is above`);
}
