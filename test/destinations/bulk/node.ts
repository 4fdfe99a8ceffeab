import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import type { BulkKind } from "../../../forwarder/destinations/bulk/template";
import { cacheFolder } from "../../../tools/pulumi/goProgram";
import { until } from "../../completeness/stage";
import { freePort } from "../ports";

const tools = join(__dirname, "..", "..", "..", "tools", "search-node");

/** Where tools/search-node/build.sh puts a server. */
function built(kind: BulkKind): string {
  const hash = createHash("sha256");
  for (const name of [`${kind}/pom.xml`, `${kind}/Runner.java`, "Node.java"])
    hash.update(readFileSync(join(tools, name)));
  return join(cacheFolder(), `${kind}-${hash.digest("hex").slice(0, 12)}`);
}

/** A node for the tests of a file, started before and ended after them. */
export function useNode(kind: BulkKind): () => SearchNode {
  const data = mkdtempSync(join(tmpdir(), `zitadel-siem-${kind}-`));
  let node: SearchNode;
  beforeAll(async () => {
    node = new SearchNode(kind, data, await freePort());
    await node.run();
  });
  afterAll(async () => {
    await node.kill();
    rmSync(data, { recursive: true });
  });
  return () => node;
}

/** A real OpenSearch or Elasticsearch of one node, as a process of its own. */
export class SearchNode {
  #child?: ChildProcess;
  starts = 0;

  constructor(
    readonly kind: BulkKind,
    private readonly folder: string,
    readonly port: number,
  ) {}

  /** Starts the process; resolves when it answers. */
  async run(): Promise<void> {
    mkdirSync(this.folder, { recursive: true });
    const log = openSync(join(this.folder, "node.log"), "a");
    const classes = ["classes", "lib/*"].map((part) => join(built(this.kind), part)).join(":");
    const memory = ["-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
    const data = join(this.folder, "node");
    const started = [...memory, "-cp", classes, "Node", data, String(this.port)];
    this.#child = spawn("java", started, { cwd: this.folder, stdio: ["pipe", log, log] });
    closeSync(log);
    this.starts += 1;
    await until(
      `${this.kind} answers`,
      180,
      () => this.#answers(),
      () => readFileSync(join(this.folder, "node.log"), "utf8").slice(-2000),
    );
  }

  /** Ends the process at once. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await exited;
  }

  async ask<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      method,
      headers: { "content-type": "application/json" },
      body: body && JSON.stringify(body),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer.slice(0, 500)}`);
    return JSON.parse(answer) as T;
  }

  /** The `_id` of every document, as often as it is there. */
  async ids(name: string): Promise<string[]> {
    interface Page {
      _scroll_id: string;
      hits: { hits: { _id: string }[] };
    }
    await this.ask("POST", `/${name}/_refresh`);
    const ids: string[] = [];
    let page = await this.ask<Page>("POST", `/${name}/_search?scroll=5m&size=10000&_source=false`);
    while (page.hits.hits.length > 0) {
      ids.push(...page.hits.hits.map(({ _id }) => _id));
      page = await this.ask<Page>("POST", "/_search/scroll", { scroll: "5m", scroll_id: page._scroll_id });
    }
    return ids;
  }

  async #answers(): Promise<boolean> {
    return this.ask("GET", "/_cluster/health?wait_for_status=yellow&timeout=1s").then(
      () => true,
      () => false,
    );
  }
}
