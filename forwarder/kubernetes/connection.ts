import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Dispatcher } from "undici";
import { RenewedAgent } from "../http/renewedAgent";

/** A file of the service account cannot be read; the message says which and why. */
export class ServiceAccountError extends Error {
  override name = "ServiceAccountError";
}

export interface KubernetesRequest {
  method: "GET" | "PATCH";
  /** Path with its query. */
  path: string;
  body?: string;
  contentType?: string;
  signal: AbortSignal;
  /** The answer's beginning must come within so long, and then no silence may be longer. Milliseconds, default 300,000. */
  silenceMillis?: number;
}

/**
 * Requests to the Kubernetes API as the pod's service account. Its token and the authority's certificate rotate,
 * so their files are read at each use.
 */
export class KubernetesConnection {
  readonly #agent = new RenewedAgent({ authority: "alone" });

  /**
   * @param origin of the API server
   * @param serviceAccount folder with `token` and `ca.crt`; without one no token is sent
   */
  constructor(
    private readonly origin: string,
    private readonly serviceAccount: string | undefined,
  ) {}

  /** The answer, whatever its status. Throws ServiceAccountError, the signal's reason and undici's errors. */
  async request(request: KubernetesRequest): Promise<Dispatcher.ResponseData> {
    const { method, path, body, contentType, signal, silenceMillis = 300_000 } = request;
    const [token, ca] = await Promise.all([this.#fileOf("token"), this.#fileOf("ca.crt")]);
    return this.#agent.of({ authority: ca }).request({
      origin: this.origin,
      path,
      method,
      headers: {
        accept: "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token.trim()}` }),
        ...(contentType === undefined ? {} : { "content-type": contentType }),
      },
      body,
      signal,
      headersTimeout: silenceMillis,
      bodyTimeout: silenceMillis,
    });
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    await this.#agent.close();
  }

  async #fileOf(name: string): Promise<string | undefined> {
    if (this.serviceAccount === undefined) return undefined;
    try {
      return await readFile(join(this.serviceAccount, name), "utf8");
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") return undefined;
      throw new ServiceAccountError(`the service account's ${name} cannot be read (${code})`);
    }
  }
}
