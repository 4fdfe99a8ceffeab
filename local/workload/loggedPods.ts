/**
 * Pods of which the Kubernetes API tells the state and serves the log, and that are no processes of a local run:
 * ZITADEL's, whose log the stand-in writes. Each has one container.
 */
import type { ServerResponse } from "node:http";
import { sendFailure, sendJson } from "./answers";
import { ContainerLog, formatNanos } from "./containerLog";

interface LoggedPod {
  uid: string;
  name: string;
  current: ContainerLog;
  previous?: ContainerLog;
  restarts: number;
}

/** The name of each pod's container, as ZITADEL's chart has it. */
const CONTAINER = "zitadel";

export class LoggedPods {
  /** The status tells of a change only when `publish` is called, as that of a busy node. */
  statusLags = false;
  readonly #pods = new Map<string, LoggedPod>();
  /** What the API tells of each pod. */
  readonly #told = new Map<string, unknown>();
  readonly #changes: string[] = [];
  readonly #watches = new Set<ServerResponse>();
  #ids = 0;
  #latest = 0n;

  /**
   * @param labels of every pod
   * @param clock the node's, nanoseconds since 1970; by default the machine's
   */
  constructor(
    readonly namespace: string,
    readonly labels: Readonly<Record<string, string>>,
    private readonly clock: () => bigint = () => BigInt(Date.now()) * 1_000_000n,
  ) {}

  addPod(name: string): void {
    this.#ids += 1;
    const pod = { uid: `uid-${this.#ids}`, name, current: this.#start(), restarts: 0 };
    this.#pods.set(name, pod);
    this.#tell("ADDED", pod);
  }

  /** Logs lines; gives their times. */
  write(name: string, texts: readonly string[]): string[] {
    const { current } = this.#pod(name);
    return texts.map((text) => current.write(this.#now(), text));
  }

  /** The log file is put aside: only what is written from now on is served; who follows goes on. */
  rotate(name: string): void {
    this.#pod(name).current.rotate();
  }

  restartContainer(name: string): void {
    const pod = this.#pod(name);
    pod.current.end(this.#now());
    pod.previous = pod.current;
    pod.current = this.#start();
    pod.restarts += 1;
    this.#tell("MODIFIED", pod);
  }

  deletePod(name: string): void {
    const pod = this.#pod(name);
    pod.current.end(this.#now());
    this.#pods.delete(name);
    this.#told.delete(name);
    this.#send("DELETED", this.#status(pod));
  }

  /** What the status has not told yet is told now. */
  publish(): void {
    this.statusLags = false;
    for (const pod of this.#pods.values()) this.#tell("MODIFIED", pod);
  }

  /** Whether somebody watches. */
  get watched(): boolean {
    return this.#watches.size > 0;
  }

  /** Every watch is told that its version is gone. */
  expireWatches(): void {
    for (const watch of this.#watches)
      watch.end(
        `${JSON.stringify({ type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired" } })}\n`,
      );
    this.#watches.clear();
  }

  /** Answers `GET …/pods`, a list. */
  list(query: URLSearchParams, response: ServerResponse): void {
    const items = this.#isSelected(query) ? [...this.#told.values()] : [];
    const metadata = { resourceVersion: String(this.#changes.length) };
    sendJson(response, 200, { kind: "PodList", apiVersion: "v1", metadata, items });
  }

  /** Answers `GET …/pods?watch=true` with the changes since a version, until the time that was asked for is over. */
  watch(query: URLSearchParams, response: ServerResponse): void {
    response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
    if (!this.#isSelected(query)) return;
    for (const change of this.#changes.slice(Number(query.get("resourceVersion")))) response.write(change);
    this.#watches.add(response);
    const over = setTimeout(() => response.end(), 1000 * Number(query.get("timeoutSeconds") ?? 1800));
    response.on("close", () => {
      clearTimeout(over);
      this.#watches.delete(response);
    });
  }

  /** Answers `GET …/pods/<name>/log`. */
  log(name: string, query: URLSearchParams, response: ServerResponse): void {
    const pod = this.#pods.get(name);
    const log = query.get("previous") === "true" ? pod?.previous : pod?.current;
    if (!pod) sendFailure(response, 404, "NotFound", `pods "${name}" not found`);
    else if (!log || query.get("container") !== CONTAINER)
      sendFailure(response, 400, "BadRequest", `pod ${name} has no such container, or no such log of it`);
    else {
      response.writeHead(200, { "content-type": "text/plain" }).flushHeaders();
      log.serve(response, { follow: query.get("follow") === "true", since: query.get("sinceTime") ?? "" });
    }
  }

  /** The present time; no two are the same. */
  #now(): string {
    const now = this.clock();
    this.#latest = now > this.#latest ? now : this.#latest + 1n;
    return formatNanos(this.#latest);
  }

  #pod(name: string): LoggedPod {
    const pod = this.#pods.get(name);
    if (!pod) throw new Error(`no pod ${name}`);
    return pod;
  }

  #start(): ContainerLog {
    this.#ids += 1;
    return new ContainerLog(`containerd://${this.#ids}`, this.#now());
  }

  #isSelected(query: URLSearchParams): boolean {
    const wanted = (query.get("labelSelector") ?? "").split(",").filter(Boolean);
    return wanted.every((one) => {
      const [name = "", value] = one.split("=");
      return this.labels[name] === value;
    });
  }

  /** https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodStatus */
  #status({ uid, name, current, previous, restarts }: LoggedPod): unknown {
    const seconds = (at: string) => `${at.slice(0, 19)}Z`;
    const terminated = ({ id, startedAt, finishedAt }: ContainerLog) => ({
      containerID: id,
      startedAt: seconds(startedAt),
      finishedAt: seconds(finishedAt!),
      exitCode: 1,
    });
    return {
      metadata: { uid, name, namespace: this.namespace, labels: this.labels },
      status: {
        containerStatuses: [
          {
            name: CONTAINER,
            containerID: current.id,
            restartCount: restarts,
            state: current.finishedAt
              ? { terminated: terminated(current) }
              : { running: { startedAt: seconds(current.startedAt) } },
            lastState: previous ? { terminated: terminated(previous) } : {},
          },
        ],
      },
    };
  }

  #tell(type: string, pod: LoggedPod): void {
    if (this.statusLags) return;
    const status = this.#status(pod);
    this.#told.set(pod.name, status);
    this.#send(type, status);
  }

  #send(type: string, object: unknown): void {
    const change = `${JSON.stringify({ type, object })}\n`;
    this.#changes.push(change);
    for (const watch of this.#watches) watch.write(change);
  }
}
