import { KubernetesConnection, ServiceAccountError } from "../kubernetes/connection";
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
 * that the pod's role allows.
 *
 * @param url the ConfigMap in the Kubernetes API
 * @param serviceAccount folder with `token` and `ca.crt`; without one no token is sent
 */
export function createConfigMapStore(
  url: string,
  serviceAccount: string | undefined,
): CheckpointStore & { close(): Promise<void> } {
  const target = new URL(url);
  const connection = new KubernetesConnection(target.origin, serviceAccount);

  async function call(
    method: "GET" | "PATCH",
    body: string | undefined,
    signal: AbortSignal,
  ): Promise<string> {
    const deadline = AbortSignal.timeout(TIMEOUT_MILLIS);
    try {
      const answer = await connection.request({
        method,
        path: target.pathname,
        ...(body === undefined ? {} : { body, contentType: "application/merge-patch+json" }),
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
      if (error instanceof ServiceAccountError) throw new ConfigMapError(error.message);
      const code = deadline.aborted
        ? "no answer in time"
        : ((error as { code?: string }).code ?? (error as Error).name);
      throw new ConfigMapError(`${method} ${url}: ${code}`);
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
      await connection.close();
    },
  };
}

function remedy(status: number): string {
  if (status === 404) return ": the ConfigMap does not exist; `pulumi up` creates it";
  if (status === 403) return ": the pod's role lacks get and patch on this ConfigMap";
  if (status === 401) return ": the service account's token is refused";
  return "";
}
