import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Agent } from "undici";
import type { CheckpointStore } from "./checkpoint";

/** The ConfigMap's data key that holds the checkpoint. */
const KEY = "checkpoint";
const TIMEOUT_MILLIS = 10_000;
/** etcd takes no object above 1.5 MB; an answer far above that is none of Kubernetes. Bytes. */
const MAX_ANSWER_BYTES = 8 << 20;

/** The Kubernetes API did not do what was asked. */
export class ConfigMapError extends Error {
  override name = "ConfigMapError";
}

/**
 * A checkpoint in a ConfigMap that exists already, by GET and merge PATCH
 * (https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/config-map-v1/): the only two verbs
 * that the pod's role allows. The service account's token rotates, so its files are read at each use.
 *
 * @param url the ConfigMap in the Kubernetes API
 * @param serviceAccount folder with `token` and `ca.crt`; without one no token is sent
 */
export function createConfigMapStore(
  url: string,
  serviceAccount: string | undefined,
): CheckpointStore & { close(): Promise<void> } {
  const target = new URL(url);
  let agent: { ca: string | undefined; agent: Agent } | undefined;

  async function call(
    method: "GET" | "PATCH",
    body: string | undefined,
    signal: AbortSignal,
  ): Promise<string> {
    const [token, ca] = await Promise.all([fileOf("token"), fileOf("ca.crt")]);
    if (!agent || agent.ca !== ca) {
      await agent?.agent.close();
      agent = { ca, agent: new Agent({ connect: ca === undefined ? {} : { ca } }) };
    }
    const deadline = AbortSignal.timeout(TIMEOUT_MILLIS);
    try {
      const answer = await agent.agent.request({
        origin: target.origin,
        path: target.pathname,
        method,
        headers: {
          accept: "application/json",
          ...(token === undefined ? {} : { authorization: `Bearer ${token.trim()}` }),
          ...(body === undefined ? {} : { "content-type": "application/merge-patch+json" }),
        },
        body,
        signal: AbortSignal.any([signal, deadline]),
      });
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of answer.body as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > MAX_ANSWER_BYTES) throw new ConfigMapError(`${method} ${url}: the answer is too long`);
        chunks.push(chunk);
      }
      if (answer.statusCode !== 200)
        throw new ConfigMapError(`${method} ${url}: ${answer.statusCode}${remedy(answer.statusCode)}`);
      return Buffer.concat(chunks).toString("utf8");
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ConfigMapError) throw error;
      const code = deadline.aborted
        ? "no answer in time"
        : ((error as { code?: string }).code ?? (error as Error).name);
      throw new ConfigMapError(`${method} ${url}: ${code}`);
    }
  }

  async function fileOf(name: string): Promise<string | undefined> {
    if (serviceAccount === undefined) return undefined;
    try {
      return await readFile(join(serviceAccount, name), "utf8");
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") return undefined;
      throw new ConfigMapError(`the service account's ${name} cannot be read (${code})`);
    }
  }

  return {
    async read(signal) {
      const text = await call("GET", undefined, signal);
      let data: unknown;
      try {
        data = (JSON.parse(text) as { data?: Record<string, unknown> }).data?.[KEY];
      } catch {
        throw new ConfigMapError(`GET ${url}: the answer is not JSON`);
      }
      return typeof data === "string" && data !== "" ? data : undefined;
    },
    async write(text, signal) {
      await call("PATCH", JSON.stringify({ data: { [KEY]: text } }), signal);
    },
    async close() {
      await agent?.agent.destroy();
    },
  };
}

function remedy(status: number): string {
  if (status === 404) return ": the ConfigMap does not exist; `pulumi up` creates it";
  if (status === 403) return ": the pod's role lacks get and patch on this ConfigMap";
  if (status === 401) return ": the service account's token is refused";
  return "";
}
