/** ZITADEL's pods and their logs at an address of their own, with the faults of an API server and a node. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { LoggedPods } from "../../../../local/workload/loggedPods";

export class PodsServer {
  readonly requests: string[] = [];
  /** Answers with this status instead, where it matches. */
  refuse: ((path: string) => number | undefined) | undefined;
  /** Writes logs in pieces of so many bytes. */
  pieces = Number.POSITIVE_INFINITY;
  /** The node's clock: each reading is later than the last. */
  #nanos = BigInt(Date.UTC(2026, 10, 22, 10)) * 1_000_000n;
  readonly pods = new LoggedPods("zitadel", { "app.kubernetes.io/name": "zitadel" }, () => {
    this.#nanos += 1_234_567n;
    return this.#nanos;
  });
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
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  addPod(name: string): void {
    this.#pass();
    this.pods.addPod(name);
  }

  write(name: string, texts: readonly string[]): string[] {
    return this.pods.write(name, texts);
  }

  restartContainer(name: string): void {
    this.#pass();
    this.pods.restartContainer(name);
  }

  /** Statuses tell whole seconds: two instances are told apart by them. */
  #pass(): void {
    this.#nanos += 2_000_000_000n;
  }

  #answer({ url }: IncomingMessage, response: ServerResponse): void {
    this.requests.push(url as string);
    const { pathname, searchParams } = new URL(url as string, "http://kubernetes");
    const watches = searchParams.has("watch");
    const status = this.refuse?.(`${pathname}${watches ? "?watch" : ""}`);
    if (status !== undefined) return void response.writeHead(status).end("{}");
    const found = /^\/api\/v1\/namespaces\/zitadel\/pods(?:\/([^/]+)\/log)?$/.exec(pathname);
    if (!found) return void response.writeHead(404).end("{}");
    if (found[1] !== undefined) this.pods.log(found[1], searchParams, inPieces(response, this.pieces));
    else if (watches) this.pods.watch(searchParams, response);
    else this.pods.list(searchParams, response);
  }
}

/** The answer, written so many bytes at a time. */
function inPieces(response: ServerResponse, size: number): ServerResponse {
  if (size === Number.POSITIVE_INFINITY) return response;
  const write = response.write.bind(response) as (bytes: Buffer) => boolean;
  response.write = ((text: string) => {
    const bytes = Buffer.from(text);
    for (let from = 0; from < bytes.length; from += size) write(bytes.subarray(from, from + size));
    return true;
  }) as typeof response.write;
  return response;
}
