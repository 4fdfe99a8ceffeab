/**
 * The kubernetes plugin's way to a local run: it passes on what it is asked for to the supervisor, which
 * lives in the process that started the run and keeps the containers as processes of this machine.
 */
import { request } from "node:http";
import { createInterface } from "node:readline";
import {
  type ApplyOptions,
  type Cluster,
  ClusterError,
  type ClusterErrorReason,
  type CreateOptions,
  type KubernetesObject,
  type ObjectReference,
  type WaitOptions,
} from "./plugins/cluster";

/** Environment variables that tell a plugin where its run's supervisor is. */
export const WORKLOAD_ADDRESS = "ZITADEL_SIEM_LOCAL_WORKLOAD";
export const WORKLOAD_TOKEN = "ZITADEL_SIEM_LOCAL_WORKLOAD_TOKEN";

export type ClusterRequest =
  | { operation: "isNamespaced"; apiVersion: string; kind: string }
  | { operation: "create"; object: KubernetesObject; dryRun: boolean }
  | { operation: "apply"; object: KubernetesObject; dryRun: boolean; fieldManager: string }
  | { operation: "patch"; object: KubernetesObject; fieldManager: string }
  | { operation: "get"; reference: ObjectReference }
  | { operation: "delete"; reference: ObjectReference }
  | { operation: "awaitReady"; reference: ObjectReference; timeout: number };

/** One line of an answer. The last one has `result` or `error`. */
export interface ClusterAnswer {
  progress?: string;
  result?: unknown;
  error?: { reason: ClusterErrorReason; message: string; live?: KubernetesObject };
}

/** The local run that the environment names; undefined where it names none. */
export function localCluster(environment: NodeJS.ProcessEnv = process.env): Cluster | undefined {
  const address = environment[WORKLOAD_ADDRESS];
  const token = environment[WORKLOAD_TOKEN];
  return address && token ? new LocalCluster(address, token) : undefined;
}

class LocalCluster implements Cluster {
  constructor(
    private readonly address: string,
    private readonly token: string,
  ) {}

  isNamespaced(apiVersion: string, kind: string): Promise<boolean> {
    return this.#ask({ operation: "isNamespaced", apiVersion, kind }) as Promise<boolean>;
  }

  create(object: KubernetesObject, { dryRun }: CreateOptions): Promise<KubernetesObject> {
    return this.#ask({ operation: "create", object, dryRun }) as Promise<KubernetesObject>;
  }

  apply(object: KubernetesObject, { dryRun, fieldManager }: ApplyOptions): Promise<KubernetesObject> {
    return this.#ask({ operation: "apply", object, dryRun, fieldManager }) as Promise<KubernetesObject>;
  }

  patch(
    object: KubernetesObject,
    { fieldManager }: Pick<ApplyOptions, "fieldManager">,
  ): Promise<KubernetesObject> {
    return this.#ask({ operation: "patch", object, fieldManager }) as Promise<KubernetesObject>;
  }

  get(reference: ObjectReference): Promise<KubernetesObject | undefined> {
    return this.#ask({ operation: "get", reference }) as Promise<KubernetesObject | undefined>;
  }

  async delete(reference: ObjectReference, options: WaitOptions): Promise<void> {
    await this.#ask({ operation: "delete", reference }, options);
  }

  awaitReady(reference: ObjectReference, options: WaitOptions): Promise<KubernetesObject> {
    const { timeout } = options;
    return this.#ask({ operation: "awaitReady", reference, timeout }, options) as Promise<KubernetesObject>;
  }

  async close(): Promise<void> {}

  #ask(asked: ClusterRequest, wait?: WaitOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const unreachable = (error: Error) =>
        reject(
          wait?.signal.aborted
            ? new ClusterError("Cancelled", `${asked.operation} was cancelled`)
            : new ClusterError("Unreachable", `the local run does not answer: ${error.message}`),
        );
      const sent = request(
        `${this.address}/cluster/${asked.operation}`,
        { method: "POST", headers: { authorization: `Bearer ${this.token}` }, signal: wait?.signal },
        (response) => {
          if (response.statusCode !== 200) {
            response.resume();
            unreachable(new Error(`it refuses with HTTP ${response.statusCode}`));
            return;
          }
          let answered = false;
          createInterface({ input: response })
            .on("line", (line) => {
              const { progress, result, error } = JSON.parse(line) as ClusterAnswer;
              if (progress !== undefined) {
                wait?.progress(progress);
                return;
              }
              answered = true;
              if (error) reject(new ClusterError(error.reason, error.message, error.live));
              else resolve(result);
            })
            .on("close", () => answered || unreachable(new Error("its answer is cut off")));
          response.on("error", unreachable);
        },
      );
      sent.on("error", unreachable);
      sent.end(JSON.stringify(asked));
    });
  }
}
