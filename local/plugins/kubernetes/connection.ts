import { readFileSync } from "node:fs";
import { Agent, request as httpsRequest, type RequestOptions } from "node:https";
import { text as readText } from "node:stream/consumers";
import { parse } from "yaml";
import { ClusterError, type ClusterErrorReason, type KubernetesObject } from "../cluster";

/** How to reach one API server, and as whom. */
export interface Access {
  server: URL;
  ca?: string;
  token?: string;
  clientCertificate?: string;
  clientKey?: string;
  /** The context's namespace. */
  namespace: string;
}

interface KubeConfig {
  "current-context"?: string;
  contexts?: { name: string; context: { cluster: string; user: string; namespace?: string } }[];
  clusters?: { name: string; cluster: Record<string, string> }[];
  users?: { name: string; user: Record<string, string> }[];
}

/**
 * Reads a kubeconfig, given as a path or as its contents. Throws `ClusterError` with reason `Unreachable` if
 * it names no cluster, or a way to sign in that local runs have no use for (programs, cloud accounts).
 */
export function accessOf(pathOrContents: string): Access {
  const isContents = /^\s*\{|\n/.test(pathOrContents);
  const config = parse(isContents ? pathOrContents : readFileSync(pathOrContents, "utf8")) as KubeConfig;
  const context = config.contexts?.find(({ name }) => name === config["current-context"])?.context;
  const cluster = config.clusters?.find(({ name }) => name === context?.cluster)?.cluster;
  const user = config.users?.find(({ name }) => name === context?.user)?.user;
  if (!context || !cluster?.server || !user) {
    throw new ClusterError("Unreachable", "the kubeconfig's current context names no cluster and user");
  }
  const unknown = Object.keys(user).filter((name) => !/^(token|client-(certificate|key))/.test(name));
  if (unknown.length > 0) {
    throw new ClusterError("Unreachable", `local runs do not sign in to a cluster by ${unknown.join(", ")}`);
  }
  const content = (from: Record<string, string>, name: string) => {
    const data = from[`${name}-data`];
    if (data) return Buffer.from(data, "base64").toString();
    return from[name] ? readFileSync(from[name], "utf8") : undefined;
  };
  return {
    server: new URL(cluster.server),
    ca: content(cluster, "certificate-authority"),
    token: user.token,
    clientCertificate: content(user, "client-certificate"),
    clientKey: content(user, "client-key"),
    namespace: context.namespace ?? "default",
  };
}

export interface ApiRequest {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Path and query below the server's address. */
  path: string;
  body?: unknown;
  /** Of the body; JSON by default. */
  type?: string;
}

interface Status {
  reason?: string;
  message?: string;
}

/** HTTPS to one API server over kept connections. */
export class Connection {
  readonly #options: RequestOptions;

  constructor(private readonly access: Access) {
    const { ca, clientCertificate: cert, clientKey: key, token } = access;
    this.#options = {
      agent: new Agent({ keepAlive: true, ca, cert, key }),
      headers: { accept: "application/json", ...(token && { authorization: `Bearer ${token}` }) },
    };
  }

  /** Throws `ClusterError` for every answer that is not a success. */
  async send<T = KubernetesObject>(request: ApiRequest): Promise<T> {
    return JSON.parse(await readText(await this.#open(request))) as T;
  }

  /** Watches, and returns when something has happened, the server ended the watch or `signal` fired. */
  async nextEvent(path: string, signal: AbortSignal): Promise<void> {
    try {
      const events = await this.#open({ method: "GET", path }, signal);
      for await (const _ of events) break;
    } catch (error) {
      if (!signal.aborted && !(error instanceof ClusterError)) throw error;
    }
  }

  close(): void {
    (this.#options.agent as Agent).destroy();
  }

  #open({ method, path, body, type = "application/json" }: ApiRequest, signal?: AbortSignal) {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      ...this.#options.headers,
      ...(payload && { "content-type": type, "content-length": Buffer.byteLength(payload) }),
    };
    return new Promise<NodeJS.ReadableStream>((resolve, reject) => {
      const outgoing = httpsRequest(
        new URL(path, this.access.server),
        { ...this.#options, headers, method, signal },
        (response) => {
          const { statusCode = 0 } = response;
          if (statusCode < 300) resolve(response);
          else readText(response).then((text) => reject(failure(statusCode, text)), reject);
        },
      );
      outgoing.once("error", ({ message }) => {
        reject(new ClusterError("Unreachable", `the API server at ${this.access.server.host}: ${message}`));
      });
      outgoing.end(payload);
    });
  }
}

const reasons: Record<number, ClusterErrorReason> = { 403: "Forbidden", 404: "NotFound", 422: "Invalid" };

function failure(statusCode: number, text: string): ClusterError {
  let status: Status = {};
  try {
    status = JSON.parse(text) as Status;
  } catch {
    // Not from the API server itself, for example a proxy's page.
  }
  const conflict = status.reason === "AlreadyExists" ? "AlreadyExists" : "Conflict";
  const reason = statusCode === 409 ? conflict : (reasons[statusCode] ?? "Other");
  return new ClusterError(reason, status.message ?? `the API server answered ${statusCode}`);
}
