/** As much of the Kubernetes API as a Role of pods and pods/log sees: lists, watches and logs, with their faults. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

interface Line {
  at: string;
  text: string;
}

interface Instance {
  id: string;
  startedAt: string;
  finishedAt?: string;
  /** What the node still has of its log. */
  lines: Line[];
  streams: Set<{ take(line: Line): void; end(): void }>;
}

interface Pod {
  uid: string;
  name: string;
  current: Instance;
  previous?: Instance;
  restarts: number;
}

export class PodsServer {
  readonly requests: string[] = [];
  /** Answers with this status instead, where it matches. */
  refuse: ((path: string) => number | undefined) | undefined;
  /** Writes logs in pieces of so many bytes. */
  pieces = Number.POSITIVE_INFINITY;
  /** The status tells of a restart only when `publish` is called. */
  statusLags = false;
  readonly #pods = new Map<string, Pod>();
  readonly #told = new Map<string, unknown>();
  readonly #watches = new Set<ServerResponse>();
  #version = 1;
  #ids = 0;
  #nanos = BigInt(Date.UTC(2026, 10, 22, 10)) * 1_000_000n;
  #server = createServer((request, response) => this.#answer(request, response));

  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The process is gone with every connection, and there again at the same address. */
  async restart(): Promise<void> {
    const { port } = this.#server.address() as AddressInfo;
    await this.close();
    this.#server = createServer((request, response) => this.#answer(request, response));
    await this.listen(port);
  }

  async close(): Promise<void> {
    this.#watches.clear();
    for (const { current, previous } of this.#pods.values()) {
      current.streams.clear();
      previous?.streams.clear();
    }
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** The node's clock: each call is later than the last. */
  now(): string {
    this.#nanos += 1_234_567n;
    const text = String(this.#nanos);
    return `${new Date(Number(text.slice(0, -6))).toISOString().slice(0, 19)}.${text.slice(-9)}Z`;
  }

  addPod(name: string): void {
    this.#ids += 1;
    const pod: Pod = { uid: `uid-${this.#ids}`, name, current: this.#instance(), restarts: 0 };
    this.#pods.set(name, pod);
    this.#tell("ADDED", pod);
  }

  /** Logs lines; gives their times. */
  write(name: string, texts: readonly string[]): string[] {
    const { current } = this.#pod(name);
    return texts.map((text) => {
      const line = { at: this.now(), text };
      current.lines.push(line);
      for (const stream of current.streams) stream.take(line);
      return line.at;
    });
  }

  /** The log file is put aside: only what is written from now on is served; who follows goes on. */
  rotate(name: string): void {
    this.#pod(name).current.lines = [];
  }

  restartContainer(name: string): void {
    const pod = this.#pod(name);
    this.#end(pod.current);
    pod.previous = pod.current;
    pod.current = this.#instance();
    pod.restarts += 1;
    this.#tell("MODIFIED", pod);
  }

  deletePod(name: string): void {
    const pod = this.#pod(name);
    this.#end(pod.current);
    this.#pods.delete(name);
    this.#told.delete(name);
    this.#send("DELETED", this.#status(pod));
  }

  /** Whether somebody watches. */
  get watched(): boolean {
    return this.#watches.size > 0;
  }

  /** What the status has not told yet is told now. */
  publish(): void {
    this.statusLags = false;
    for (const pod of this.#pods.values()) this.#tell("MODIFIED", pod);
  }

  /** Every watch is told that its version is gone. */
  expireWatches(): void {
    this.#send("ERROR", { kind: "Status", code: 410, reason: "Expired" });
    for (const watch of this.#watches) watch.end();
    this.#watches.clear();
  }

  #pod(name: string): Pod {
    const pod = this.#pods.get(name);
    if (!pod) throw new Error(`no pod ${name}`);
    return pod;
  }

  #instance(): Instance {
    this.#ids += 1;
    this.#nanos += 2_000_000_000n;
    return { id: `containerd://${this.#ids}`, startedAt: this.now(), lines: [], streams: new Set() };
  }

  #end(instance: Instance): void {
    instance.finishedAt = this.now();
    for (const stream of instance.streams) stream.end();
    instance.streams.clear();
  }

  #status({ uid, name, current, previous, restarts }: Pod): unknown {
    const seconds = (at: string) => `${at.slice(0, 19)}Z`;
    const terminated = (one: Instance) => ({
      containerID: one.id,
      startedAt: seconds(one.startedAt),
      finishedAt: seconds(one.finishedAt!),
      exitCode: 1,
    });
    return {
      metadata: { uid, name },
      status: {
        containerStatuses: [
          {
            name: "zitadel",
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

  #tell(type: string, pod: Pod): void {
    if (this.statusLags) return;
    const status = this.#status(pod);
    this.#told.set(pod.name, status);
    this.#send(type, status);
  }

  #send(type: string, object: unknown): void {
    this.#version += 1;
    for (const watch of this.#watches) watch.write(`${JSON.stringify({ type, object })}\n`);
  }

  #answer({ url }: IncomingMessage, response: ServerResponse): void {
    this.requests.push(url as string);
    const { pathname, searchParams } = new URL(url as string, "http://kubernetes");
    const status = this.refuse?.(`${pathname}${searchParams.has("watch") ? "?watch" : ""}`);
    if (status !== undefined) return void response.writeHead(status).end("{}");
    const found = /^\/api\/v1\/namespaces\/zitadel\/pods(?:\/([^/]+)\/log)?$/.exec(pathname);
    if (!found) return void response.writeHead(404).end("{}");
    if (found[1] !== undefined) {
      this.#log(found[1], searchParams, response);
      return;
    }
    if (searchParams.get("labelSelector") !== "app.kubernetes.io/name=zitadel")
      return void response.writeHead(400).end("{}");
    if (!searchParams.has("watch"))
      return void response.writeHead(200).end(
        JSON.stringify({
          items: [...this.#told.values()],
          metadata: { resourceVersion: String(this.#version) },
        }),
      );
    response.writeHead(200).flushHeaders();
    this.#watches.add(response);
  }

  #log(name: string, query: URLSearchParams, response: ServerResponse): void {
    const pod = this.#pods.get(name);
    if (!pod) return void response.writeHead(404).end("{}");
    const instance = query.get("previous") === "true" ? pod.previous : pod.current;
    if (!instance) return void response.writeHead(400).end("{}");
    const since = query.get("sinceTime") ?? "";
    response.writeHead(200);
    const take = ({ at, text }: Line) => {
      // The node compares whole seconds with the line's time.
      if (at < since.replace("Z", ".000000000Z")) return;
      const bytes = Buffer.from(`${at} ${text}\n`);
      for (let from = 0; from < bytes.length; from += this.pieces)
        response.write(bytes.subarray(from, Math.min(bytes.length, from + this.pieces)));
    };
    for (const line of instance.lines) take(line);
    if (query.get("follow") !== "true" || instance.finishedAt) return void response.end();
    const stream = { take, end: () => response.end() };
    instance.streams.add(stream);
    response.on("close", () => instance.streams.delete(stream));
  }
}
