import { FaultError } from "../../fault";
import { readBody } from "../../http/body";
import { KubernetesConnection, ServiceAccountError } from "../../kubernetes/connection";

/** An answer to a list, or a line of a watch, is no longer than this. Bytes. */
const LONGEST_ANSWER = 64 << 20;
/** A list must come within so long. Milliseconds. */
const LIST_MILLIS = 30_000;
/** The server ends a watch after so long; it is begun again. Seconds. */
const WATCH_SECONDS = 240;
/** A log that says nothing for so long is opened again: a connection that is dead looks like it. Milliseconds. */
const SILENCE_MILLIS = 60_000;

/** The Kubernetes API did not do what was asked. */
export class KubernetesError extends FaultError {
  override name = "KubernetesError";
  constructor(
    reason: string,
    remedy: string,
    /** HTTP status; undefined when there was no answer. */
    readonly status?: number,
  ) {
    super(reason, remedy);
  }
}

/** A change of a watch (https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes). */
export interface WatchChange {
  type: string;
  object: unknown;
}

export interface LogRequest {
  pod: string;
  container: string;
  /** The instance of the container before the present one. */
  previous: boolean;
  follow: boolean;
  /** RFC 3339 in whole seconds, all that the node looks at. */
  sinceTime?: string;
}

/** The pods of one namespace and their logs, as much of the Kubernetes API as the pod's role allows. */
export class PodsApi {
  readonly #connection: KubernetesConnection;
  readonly #pods: string;

  /**
   * @param origin of the API server
   * @param serviceAccount folder with `token` and `ca.crt`
   */
  constructor(
    origin: string,
    serviceAccount: string | undefined,
    private readonly namespace: string,
    private readonly labels: Readonly<Record<string, string>>,
  ) {
    this.#connection = new KubernetesConnection(origin, serviceAccount);
    this.#pods = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
  }

  /** The pods that carry the labels, as the API gives them, and the version from which a watch goes on. */
  async list(signal: AbortSignal): Promise<{ pods: unknown[]; resourceVersion: string }> {
    const text = await this.#text(`${this.#pods}?${this.#selector()}`, "list", "pods", signal);
    const answer = parsed(text) as { items?: unknown; metadata?: { resourceVersion?: unknown } };
    if (!Array.isArray(answer.items)) throw notKubernetes();
    return { pods: answer.items, resourceVersion: String(answer.metadata?.resourceVersion ?? "") };
  }

  /** The changes since a version, until the server ends the watch. */
  async *watch(resourceVersion: string, signal: AbortSignal): AsyncGenerator<WatchChange> {
    const query = new URLSearchParams({
      labelSelector: this.#selectorText(),
      watch: "true",
      resourceVersion,
      timeoutSeconds: String(WATCH_SECONDS),
    });
    const body = await this.#open(`${this.#pods}?${query}`, "watch", "pods", signal, WATCH_SECONDS * 2000);
    let open = "";
    try {
      const decoder = new TextDecoder();
      for await (const chunk of body) {
        open += decoder.decode(chunk, { stream: true });
        if (open.length > LONGEST_ANSWER) throw notKubernetes();
        const lines = open.split("\n");
        open = lines.pop() as string;
        for (const line of lines) if (line !== "") yield parsed(line) as WatchChange;
      }
    } catch (error) {
      throw failure(error, signal);
    }
  }

  /** A container's log with times, as bytes. */
  async *log(request: LogRequest, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const query = new URLSearchParams({
      container: request.container,
      timestamps: "true",
      follow: String(request.follow),
      previous: String(request.previous),
      ...(request.sinceTime === undefined ? {} : { sinceTime: request.sinceTime }),
    });
    const path = `${this.#pods}/${encodeURIComponent(request.pod)}/log?${query}`;
    const body = await this.#open(path, "get", "pods/log", signal, SILENCE_MILLIS);
    try {
      yield* body;
    } catch (error) {
      throw failure(error, signal);
    }
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  #selector(): string {
    return String(new URLSearchParams({ labelSelector: this.#selectorText() }));
  }

  #selectorText(): string {
    return Object.entries(this.labels)
      .map(([name, value]) => `${name}=${value}`)
      .join(",");
  }

  async #text(path: string, verb: string, resource: string, signal: AbortSignal): Promise<string> {
    const deadline = AbortSignal.timeout(LIST_MILLIS);
    const body = await this.#open(path, verb, resource, AbortSignal.any([signal, deadline]), LIST_MILLIS);
    try {
      return (await readBody(body, LONGEST_ANSWER, notKubernetes)).toString("utf8");
    } catch (error) {
      throw failure(error, signal);
    }
  }

  async #open(
    path: string,
    verb: string,
    resource: string,
    signal: AbortSignal,
    silenceMillis: number,
  ): Promise<AsyncIterable<Buffer>> {
    try {
      const answer = await this.#connection.request({ method: "GET", path, signal, silenceMillis });
      if (answer.statusCode === 200) return answer.body as AsyncIterable<Buffer>;
      await answer.body.dump();
      throw refusal(answer.statusCode, verb, resource, this.namespace);
    } catch (error) {
      throw failure(error, signal);
    }
  }
}

function refusal(status: number, verb: string, resource: string, namespace: string): KubernetesError {
  const message = `the Kubernetes API answered ${status} to ${verb} of ${resource} in namespace ${namespace}`;
  if (status === 403)
    return new KubernetesError(
      message,
      `give the forwarder's service account a Role in namespace ${namespace} with the rule { apiGroups: [""], resources: ["${resource}"], verbs: ["${verb}"] }`,
      status,
    );
  if (status === 401)
    return new KubernetesError(message, "the service account's token is refused: mount a valid one", status);
  return new KubernetesError(message, "look at the API server; it is asked again", status);
}

function failure(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof KubernetesError) return error;
  if (error instanceof ServiceAccountError) return new KubernetesError(error.message, "mount it");
  const { code, name } = error as { code?: string; name?: string };
  return new KubernetesError(
    `the Kubernetes API cannot be reached (${code ?? name})`,
    "check that the NetworkPolicy lets the forwarder reach the API server; it is asked again",
  );
}

function notKubernetes(): KubernetesError {
  return new KubernetesError("what answered is not the Kubernetes API", "check its address");
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {}
  throw notKubernetes();
}
