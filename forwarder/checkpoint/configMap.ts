import { readBody } from "../http/body";
import { KubernetesConnection, ServiceAccountError } from "../kubernetes/connection";
import { errorCode } from "../tls/errors";
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
 */
export class ConfigMapStore implements CheckpointStore {
  readonly #url: URL;
  readonly #connection: KubernetesConnection;

  /**
   * @param url the ConfigMap in the Kubernetes API
   * @param serviceAccount folder with `token` and `ca.crt`; without one no token is sent
   */
  constructor(url: string, serviceAccount: string | undefined) {
    this.#url = new URL(url);
    this.#connection = new KubernetesConnection(this.#url.origin, serviceAccount);
  }

  async read(signal: AbortSignal): Promise<string | undefined> {
    const text = await this.#call("GET", undefined, signal);
    let data: unknown;
    try {
      data = (JSON.parse(text) as { data?: Record<string, unknown> }).data?.[KEY];
    } catch {
      throw new ConfigMapError(`GET ${this.#url}: the answer is not JSON`);
    }
    return typeof data === "string" && data !== "" ? data : undefined;
  }

  async write(text: string, signal: AbortSignal): Promise<void> {
    await this.#call("PATCH", JSON.stringify({ data: { [KEY]: text } }), signal);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async #call(method: "GET" | "PATCH", body: string | undefined, signal: AbortSignal): Promise<string> {
    const failure = (what: string) => new ConfigMapError(`${method} ${this.#url}: ${what}`);
    const deadline = AbortSignal.timeout(TIMEOUT_MILLIS);
    try {
      const answer = await this.#connection.request({
        method,
        path: this.#url.pathname,
        ...(body === undefined ? {} : { body, contentType: "application/merge-patch+json" }),
        signal: AbortSignal.any([signal, deadline]),
      });
      const text = await readBody(answer.body as AsyncIterable<Buffer>, MAX_ANSWER_BYTES, () =>
        failure("the answer is too long"),
      );
      if (answer.statusCode !== 200) throw failure(`${answer.statusCode}${remedy(answer.statusCode)}`);
      return text.toString("utf8");
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ConfigMapError) throw error;
      if (error instanceof ServiceAccountError) throw new ConfigMapError(error.message);
      throw failure(deadline.aborted ? "no answer in time" : errorCode(error));
    }
  }
}

function remedy(status: number): string {
  if (status === 404) return ": the ConfigMap does not exist; `pulumi up` creates it";
  if (status === 403) return ": the pod's role lacks get and patch on this ConfigMap";
  if (status === 401) return ": the service account's token is refused";
  return "";
}
