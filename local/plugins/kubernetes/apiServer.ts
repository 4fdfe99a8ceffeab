import {
  type ApplyOptions,
  type Cluster,
  ClusterError,
  type CreateOptions,
  type DeletionPropagation,
  type KubernetesObject,
  type ObjectReference,
  type WaitOptions,
} from "../cluster";
import { type Access, Connection } from "./connection";
import { adopted, CREATOR, isOfCreator, type ManagedFields } from "./fieldManagers";
import { hasReadiness, pendingOf, podProblems, type Surroundings } from "./readiness";

interface KindInfo {
  /** The plural in paths. */
  name: string;
  kind: string;
  namespaced: boolean;
}

/** Milliseconds after which a wait looks again although no event came. */
const LOOK_AGAIN = 5_000;
/** How often fields are taken over anew when the object changed meanwhile. */
const ADOPTION_ATTEMPTS = 5;

/** A cluster by its API server. */
export class ApiServer implements Cluster {
  readonly #connection: Connection;
  readonly #kinds = new Map<string, Promise<KindInfo[]>>();

  constructor(access: Access) {
    this.#connection = new Connection(access);
  }

  async isNamespaced(apiVersion: string, kind: string): Promise<boolean> {
    return (await this.#kind(apiVersion, kind)).namespaced;
  }

  async create(object: KubernetesObject, { dryRun }: CreateOptions): Promise<KubernetesObject> {
    const path = await this.#path(object.apiVersion, object.kind, object.metadata.namespace);
    const query = `?fieldManager=${CREATOR}${dryRun ? "&dryRun=All" : ""}`;
    return this.#connection.send({ method: "POST", path: path + query, body: object });
  }

  async apply(object: KubernetesObject, options: ApplyOptions): Promise<KubernetesObject> {
    const { dryRun, fieldManager } = options;
    const { apiVersion, kind, metadata } = object;
    const path = `${await this.#path(apiVersion, kind, metadata.namespace)}/${metadata.name}`;
    const live = await (dryRun
      ? this.#connection.send({ method: "GET", path })
      : this.#adopt(path, fieldManager));
    const managed = managedFields(live);
    const force = options.force || managed.length === 0 || (dryRun && isOfCreator(managed));
    return this.#serverSideApply(path, object, { dryRun, fieldManager, force }, live);
  }

  async patch(
    object: KubernetesObject,
    options: Pick<ApplyOptions, "force" | "fieldManager">,
  ): Promise<KubernetesObject> {
    const { apiVersion, kind, metadata } = object;
    const path = `${await this.#path(apiVersion, kind, metadata.namespace)}/${metadata.name}`;
    return this.#serverSideApply(path, object, { ...options, dryRun: false });
  }

  async #serverSideApply(
    path: string,
    object: KubernetesObject,
    { dryRun, fieldManager, force }: ApplyOptions,
    live?: KubernetesObject,
  ): Promise<KubernetesObject> {
    const query = new URLSearchParams({
      fieldManager,
      force: String(force),
      ...(dryRun && { dryRun: "All" }),
    });
    try {
      const type = "application/apply-patch+yaml";
      return await this.#connection.send({ method: "PATCH", path: `${path}?${query}`, body: object, type });
    } catch (error) {
      if (!(error instanceof ClusterError) || error.reason !== "Conflict") throw error;
      const message = `the resource managed by field manager "${fieldManager}" had an apply conflict: ${error.message}`;
      throw new ClusterError("Conflict", message, live);
    }
  }

  /** Takes the fields over that were created without an apply; returns the object as it was before. */
  async #adopt(path: string, fieldManager: string): Promise<KubernetesObject> {
    for (let attempt = 1; ; attempt++) {
      const live = await this.#connection.send({ method: "GET", path });
      const value = adopted(managedFields(live), fieldManager);
      if (value === undefined) return live;
      const { resourceVersion } = live.metadata;
      const body = [
        { op: "replace", path: "/metadata/managedFields", value },
        { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
      ];
      try {
        await this.#connection.send({ method: "PATCH", path, body, type: "application/json-patch+json" });
        return live;
      } catch (error) {
        // A controller wrote the object's status in between: look again.
        if (!(error instanceof ClusterError) || error.reason !== "Conflict" || attempt === ADOPTION_ATTEMPTS)
          throw error;
      }
    }
  }

  async get({ apiVersion, kind, namespace, name }: ObjectReference): Promise<KubernetesObject | undefined> {
    const path = `${await this.#path(apiVersion, kind, namespace)}/${name}`;
    return this.#connection.send({ method: "GET", path }).catch(undefinedIfGone);
  }

  async delete(
    reference: ObjectReference,
    { propagation: propagationPolicy, ...wait }: WaitOptions & { propagation: DeletionPropagation },
  ): Promise<void> {
    const before = await this.get(reference);
    if (before === undefined) return;
    const { apiVersion, kind, namespace, name } = reference;
    const path = `${await this.#path(apiVersion, kind, namespace)}/${name}`;
    const body = { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy };
    await this.#connection.send({ method: "DELETE", path, body }).catch(undefinedIfGone);
    if (wait.timeout === 0) return;
    await this.#until(reference, wait, async (live) => {
      const isGone = live === undefined || live.metadata.uid !== before.metadata.uid;
      const finalizers = (live?.metadata.finalizers as string[] | undefined)?.join(", ");
      return isGone ? undefined : `it is being deleted${finalizers ? ` (finalizers: ${finalizers})` : ""}`;
    });
  }

  async awaitReady(reference: ObjectReference, options: WaitOptions): Promise<KubernetesObject> {
    const live = await this.#until(reference, options, async (object) => {
      if (object === undefined) return "it is gone";
      return hasReadiness(object) ? pendingOf(object, await this.#surroundings(object)) : undefined;
    });
    return live!;
  }

  async close(): Promise<void> {
    this.#connection.close();
  }

  /** Looks at the object, at each of its changes, until nothing is pending; returns it as it then is. */
  async #until(
    reference: ObjectReference,
    { timeout, signal, progress }: WaitOptions,
    pending: (live: KubernetesObject | undefined) => Promise<string | undefined>,
  ): Promise<KubernetesObject | undefined> {
    const deadline = performance.now() + timeout;
    const what = `${reference.kind} ${reference.name}`;
    let said: string | undefined;
    for (;;) {
      const live = await this.get(reference);
      const reason = await pending(live);
      if (reason === undefined) return live;
      if (signal.aborted) throw new ClusterError("Cancelled", `${what}: cancelled while ${reason}`, live);
      const left = deadline - performance.now();
      if (left <= 0) {
        const problems = await this.#podProblems(live);
        throw new ClusterError("NotReady", [`${what} is not ready: ${reason}`, ...problems].join("\n"), live);
      }
      if (reason !== said) progress(`${what}: ${reason}`);
      said = reason;
      await this.#change(
        reference,
        live,
        AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(Math.min(left, LOOK_AGAIN)))]),
      );
    }
  }

  /** Returns when the object, or of a Service its Endpoints, has changed since it was looked at. */
  async #change(reference: ObjectReference, live: KubernetesObject | undefined, signal: AbortSignal) {
    const isService = reference.apiVersion === "v1" && reference.kind === "Service";
    const watched = isService ? { ...reference, kind: "Endpoints" } : reference;
    const seen = isService ? await this.get(watched) : live;
    const query = new URLSearchParams({ watch: "1", fieldSelector: `metadata.name=${reference.name}` });
    if (seen) query.set("resourceVersion", seen.metadata.resourceVersion!);
    const path = await this.#path(watched.apiVersion, watched.kind, watched.namespace);
    await this.#connection.nextEvent(`${path}?${query}`, signal);
  }

  async #surroundings({ apiVersion, kind, metadata, spec }: KubernetesObject): Promise<Surroundings> {
    if (apiVersion !== "v1") return {};
    if (kind === "Service") {
      const { namespace, name = "" } = metadata;
      return { endpoints: await this.get({ apiVersion, kind: "Endpoints", namespace, name }) };
    }
    const { storageClassName: name } = (spec ?? {}) as { storageClassName?: string };
    if (kind !== "PersistentVolumeClaim" || !name) return {};
    const storageClass = await this.get({ apiVersion: "storage.k8s.io/v1", kind: "StorageClass", name });
    return { bindingMode: storageClass?.volumeBindingMode as string | undefined };
  }

  async #podProblems(live: KubernetesObject | undefined): Promise<string[]> {
    if (live?.apiVersion !== "apps/v1") return [];
    const { namespace, uid } = live.metadata;
    const list = async (path: string) =>
      (await this.#connection.send<{ items: KubernetesObject[] }>({ method: "GET", path })).items;
    const pods = await list(`/api/v1/namespaces/${namespace}/pods`);
    if (live.kind !== "Deployment") return podProblems(pods, uid);
    const sets = await list(`/apis/apps/v1/namespaces/${namespace}/replicasets`);
    const own = sets.filter(({ metadata }) =>
      (metadata.ownerReferences as { uid: string }[] | undefined)?.some((owner) => owner.uid === uid),
    );
    return own.flatMap(({ metadata }) => podProblems(pods, metadata.uid));
  }

  async #path(apiVersion: string, kind: string, namespace: string | undefined): Promise<string> {
    const { name, namespaced } = await this.#kind(apiVersion, kind);
    return `${rootOf(apiVersion)}${namespaced ? `/namespaces/${namespace ?? "default"}` : ""}/${name}`;
  }

  async #kind(apiVersion: string, kind: string): Promise<KindInfo> {
    let known = this.#kinds.get(apiVersion);
    if (known === undefined) {
      known = this.#connection
        .send<{ resources: KindInfo[] }>({ method: "GET", path: rootOf(apiVersion) })
        .then(({ resources }) => resources.filter(({ name }) => !name.includes("/")));
      this.#kinds.set(apiVersion, known);
      // What is not served now may be in a moment: only what was found is remembered.
      known.catch(() => this.#kinds.delete(apiVersion));
    }
    const kinds = await known.catch((error: unknown) => undefinedIfGone(error));
    const found = kinds?.find((info) => info.kind === kind);
    if (found) return found;
    this.#kinds.delete(apiVersion);
    throw new ClusterError("UnknownKind", `the cluster serves no kind ${kind} of ${apiVersion}`);
  }
}

function rootOf(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function undefinedIfGone(error: unknown): undefined {
  if (error instanceof ClusterError && error.reason === "NotFound") return undefined;
  throw error;
}

function managedFields(live: KubernetesObject): ManagedFields[] {
  return (live.metadata.managedFields ?? []) as ManagedFields[];
}
