import { mkdirSync, rmSync } from "node:fs";
import { rootCertificates } from "node:tls";
import {
  ClusterError,
  type KubernetesObject,
  type ObjectReference,
  type WaitOptions,
} from "../plugins/cluster";
import type { ServiceAccount } from "./accessControl";
import { LoggedPods } from "./loggedPods";
import type { ConfigMapObject, SecretObject, ServiceObject, StatefulSetObject } from "./manifests";
import { ClusterNetwork } from "./network";
import { describe, ObjectStore, referenceOf } from "./objectStore";
import { claimFolder, type Pod, type PodHost } from "./pod";
import { StatefulSetPods } from "./statefulSet";
import type { Warden } from "./warden";

/** The ConfigMap that every namespace of a cluster has. */
const ROOT_CERTIFICATES = "kube-root-ca.crt";

/**
 * The objects of a run and the processes that they ask for. It lives in the process that started the run, so
 * that containers go on between the engine's operations, each of which starts plugins anew.
 */
export class Supervisor implements PodHost {
  readonly #store = new ObjectStore((reference) => this.#follow(reference));
  readonly #statefulSets = new Map<string, StatefulSetPods>();
  readonly #waiters = new Set<() => void>();
  readonly #tokens = new Map<string, ServiceAccount>();
  readonly #loggedPods = new Map<string, LoggedPods>();
  /** Leads to the run's Services and pods. */
  readonly network = new ClusterNetwork(this);
  /** Known when the server listens. */
  apiServer = "";

  constructor(
    readonly folder: string,
    readonly warden: Warden,
  ) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#store.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "default" } }, false);
  }

  get objects(): ObjectStore {
    return this.#store;
  }

  get pods(): Pod[] {
    return [...this.#statefulSets.values()].flatMap(({ pods }) => pods);
  }

  configMap(namespace: string, name: string): ConfigMapObject | undefined {
    const found = this.#store.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name });
    if (found !== undefined || name !== ROOT_CERTIFICATES) return found;
    // Some certificate: the address that stands in for the API server is plain HTTP.
    return { apiVersion: "v1", kind: "ConfigMap", metadata: {}, data: { "ca.crt": rootCertificates[0]! } };
  }

  secret(namespace: string, name: string): SecretObject | undefined {
    return this.#store.get({ apiVersion: "v1", kind: "Secret", namespace, name });
  }

  service(namespace: string, name: string): ServiceObject | undefined {
    const found = this.#store.get({ apiVersion: "v1", kind: "Service", namespace, name });
    return found as ServiceObject | undefined;
  }

  admitToken(token: string, account: ServiceAccount): void {
    this.#tokens.set(token, account);
  }

  /** Whose token it is; undefined for one that nobody was given. */
  accountOf(token: string): ServiceAccount | undefined {
    return this.#tokens.get(token);
  }

  /** Makes a namespace of others with pods whose logs the API serves. */
  addLoggedPods(pods: LoggedPods): void {
    const { namespace } = pods;
    this.#store.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, false);
    this.#loggedPods.set(namespace, pods);
  }

  /** The pods of a namespace whose logs the API serves; none in most. */
  loggedPods(namespace: string): LoggedPods {
    return this.#loggedPods.get(namespace) ?? new LoggedPods(namespace, {});
  }

  async awaitReady(reference: ObjectReference, options: WaitOptions): Promise<KubernetesObject> {
    const deadline = performance.now() + options.timeout;
    for (let told = ""; ; ) {
      const live = this.#store.get(reference);
      if (live === undefined) throw new ClusterError("NotFound", `${describe(reference)} is not there`);
      const pending = this.#statefulSets.get(keyOf(reference))?.pending();
      if (pending === undefined) {
        this.#writeStatus(live);
        return this.#store.get(reference) ?? live;
      }
      if (pending !== told) options.progress(pending);
      told = pending;
      if (options.signal.aborted)
        throw new ClusterError("Cancelled", `${describe(reference)}: ${pending}`, live);
      if (performance.now() >= deadline) {
        throw new ClusterError("NotReady", `${describe(reference)} is not ready: ${pending}`, live);
      }
      await this.#change(deadline - performance.now(), options.signal);
    }
  }

  async delete(reference: ObjectReference, progress: (line: string) => void): Promise<void> {
    if (reference.kind === "Namespace") await this.#empty(reference.name, progress);
    const pods = this.#statefulSets.get(keyOf(reference));
    if (pods !== undefined) {
      progress(`stopping ${describe(reference)}`);
      await pods.stop();
      this.#statefulSets.delete(keyOf(reference));
    }
    if (reference.kind === "PersistentVolumeClaim") {
      rmSync(claimFolder(this.folder, reference.namespace ?? "", reference.name), {
        recursive: true,
        force: true,
      });
    }
    const uid = this.#store.get(reference)?.metadata.uid;
    this.#store.remove(reference);
    for (const owned of this.#store.ownedBy(uid)) await this.delete(referenceOf(owned), progress);
  }

  /** Stops every container. */
  async close(): Promise<void> {
    await Promise.all([...this.#statefulSets.values()].map((pods) => pods.stop()));
    this.#statefulSets.clear();
    await this.network.close();
  }

  async #empty(namespace: string, progress: (line: string) => void): Promise<void> {
    const inside = this.#store.inNamespace(namespace);
    // Pods first: they use the rest.
    const isStatefulSet = ({ kind }: KubernetesObject) => kind === "StatefulSet";
    for (const object of [...inside.filter(isStatefulSet), ...inside.filter((one) => !isStatefulSet(one))]) {
      await this.delete(referenceOf(object), progress);
    }
  }

  /** Makes processes and files follow an object that changed. */
  #follow(reference: ObjectReference): void {
    const live = this.#store.get(reference);
    if (reference.kind === "StatefulSet" && live !== undefined) {
      const statefulSet = live as StatefulSetObject;
      const existing = this.#statefulSets.get(keyOf(reference));
      if (existing) existing.update(statefulSet);
      else {
        const pods = new StatefulSetPods(statefulSet, this, () => this.#wake());
        this.#statefulSets.set(keyOf(reference), pods);
      }
    }
    if (reference.kind === "ConfigMap" || reference.kind === "Secret") {
      for (const pod of this.pods) pod.refreshVolumes();
    }
    this.#wake();
  }

  #writeStatus({ apiVersion, kind, metadata, spec }: KubernetesObject): void {
    if (kind !== "StatefulSet") return;
    const replicas = (spec as StatefulSetObject["spec"]).replicas ?? 1;
    const counts = {
      replicas,
      readyReplicas: replicas,
      updatedReplicas: replicas,
      availableReplicas: replicas,
    };
    this.#store.setStatus(referenceOf({ apiVersion, kind, metadata }), {
      ...counts,
      observedGeneration: metadata.generation,
    });
  }

  #wake(): void {
    for (const wake of this.#waiters) wake();
  }

  /** Resolves at the next change, at the latest after so many milliseconds. */
  #change(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        this.#waiters.delete(done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      signal.addEventListener("abort", done);
      this.#waiters.add(done);
    });
  }
}

/** Other kinds may have the same name, so theirs must not be found under it. */
function keyOf({ kind, namespace, name }: ObjectReference): string {
  return `${kind} ${namespace}/${name}`;
}
