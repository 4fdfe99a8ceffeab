/**
 * What the kubernetes provider plugin needs of a cluster. Two things fill it: the API server of a real
 * cluster (`kubernetes/apiServer.ts`) and, for the local run, processes on this machine started from the same
 * manifests (`local/workload.ts`). Which one is used is decided in `kubernetes.ts` alone.
 */

/** A Kubernetes object as it travels in JSON. A live object has `metadata.name`, `uid` and `resourceVersion`. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMetadata;
  /** `spec`, `data`, `rules`, `status`, …: what the kind has besides. */
  [field: string]: unknown;
}

export interface ObjectMetadata {
  name?: string;
  /** Set on every object of a namespaced kind before it reaches a `Cluster`, absent on the others. */
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  [field: string]: unknown;
}

/** Names one object. */
export interface ObjectReference {
  apiVersion: string;
  kind: string;
  /** Absent for kinds that live outside namespaces. */
  namespace?: string;
  name: string;
}

export interface CreateOptions {
  /** Ask what would come out and change nothing (the engine's preview). */
  dryRun: boolean;
}

export interface ApplyOptions extends CreateOptions {
  /** Take over fields that another manager owns instead of failing with a conflict. */
  force: boolean;
  /** The owner of the applied fields. One manager for each Pulumi resource, kept in its state. */
  fieldManager: string;
}

export type DeletionPropagation = "Foreground" | "Background" | "Orphan";

export interface WaitOptions {
  /** Milliseconds until the wait fails with the reason last seen. */
  timeout: number;
  /** Ends the wait early (the engine's Cancel). */
  signal: AbortSignal;
  /** Is called when what is waited for changes: one line for the person at the terminal. */
  progress(line: string): void;
}

export interface Cluster {
  /**
   * Whether a kind lives in namespaces. Throws `ClusterError` with reason `UnknownKind` if the cluster does
   * not serve it (a custom resource whose definition is not installed, say).
   */
  isNamespaced(apiVersion: string, kind: string): Promise<boolean>;

  /**
   * Creates the object and returns it as it lives. Throws `ClusterError` with reason `AlreadyExists` if
   * there is one of that name: nothing is adopted silently.
   */
  create(object: KubernetesObject, options: CreateOptions): Promise<KubernetesObject>;

  /**
   * Makes an existing object equal to the given one in all fields that it gives (server-side apply) and
   * returns the live object. A field that this manager, or `create`, set before and that is no longer given
   * is removed.
   */
  apply(object: KubernetesObject, options: ApplyOptions): Promise<KubernetesObject>;

  /**
   * Gives fields to an object (server-side apply), and creates it with them if it is not there. Fields that others set
   * stay.
   */
  patch(
    object: KubernetesObject,
    options: Pick<ApplyOptions, "force" | "fieldManager">,
  ): Promise<KubernetesObject>;

  /** The live object, or undefined if there is none. */
  get(reference: ObjectReference): Promise<KubernetesObject | undefined>;

  /**
   * Deletes the object and returns when it is gone. An object that is gone already is no error. With a timeout
   * of 0 it does not wait.
   */
  delete(
    reference: ObjectReference,
    options: WaitOptions & { propagation: DeletionPropagation },
  ): Promise<void>;

  /**
   * Waits until an applied object does its work: a StatefulSet's rollout is complete, a Deployment is
   * available, a claim is bound … Kinds without such a condition are ready at once. Returns the live object;
   * throws `ClusterError` with reason `NotReady` and what it last waited for. With a timeout of 0 it looks
   * once.
   */
  awaitReady(reference: ObjectReference, options: WaitOptions): Promise<KubernetesObject>;

  /** Gives back what the connection holds. The cluster's objects stay. */
  close(): Promise<void>;
}

/** Why a cluster refused; what a caller has to tell apart. */
export type ClusterErrorReason =
  /** The kind is not served. */
  | "UnknownKind"
  /** There is an object of that name (HTTP 409 on create). */
  | "AlreadyExists"
  /** The object, or the namespace that it is to live in, is not there (HTTP 404). */
  | "NotFound"
  /** Another field manager owns a field (HTTP 409 on apply). */
  | "Conflict"
  /** The object breaks a rule, an immutable field was changed among them (HTTP 422). */
  | "Invalid"
  /** Not ready, or not gone, in time. */
  | "NotReady"
  /** The wait was cancelled. */
  | "Cancelled"
  /** The credentials may not do that (HTTP 403). */
  | "Forbidden"
  /** There is no answer: no configuration, or no connection. */
  | "Unreachable"
  /** An answer of another kind. */
  | "Other";

export class ClusterError extends Error {
  override readonly name = "ClusterError";

  constructor(
    readonly reason: ClusterErrorReason,
    message: string,
    /** The object as last seen, if it exists: the engine keeps it in the state although the step failed. */
    readonly live?: KubernetesObject,
  ) {
    super(message);
  }
}
