/** The objects of a run, with what an API server adds to them. Nothing is checked but names and namespaces. */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { ClusterError, type KubernetesObject, type ObjectReference } from "../plugins/cluster";
import { isNamespacedKind } from "./manifests";

type Fields = Record<string, unknown>;

interface Stored {
  live: KubernetesObject;
  /** What each manager last gave; `create` counts as one. */
  applied: Map<string, KubernetesObject>;
}

/** The manager under which `create` gives its fields; the first `apply` takes them over. */
const CREATED = "create";

export class ObjectStore {
  readonly #objects = new Map<string, Stored>();
  #version = 1;

  constructor(private readonly onChange: (reference: ObjectReference) => void) {}

  isNamespaced(apiVersion: string, kind: string): boolean {
    const namespaced = isNamespacedKind(apiVersion, kind);
    if (namespaced === undefined) {
      throw new ClusterError(
        "UnknownKind",
        `the local run does not take objects of kind ${apiVersion} ${kind}`,
      );
    }
    return namespaced;
  }

  get(reference: ObjectReference): KubernetesObject | undefined {
    return structuredClone(this.#objects.get(keyOf(reference))?.live);
  }

  all(): KubernetesObject[] {
    return [...this.#objects.values()].map(({ live }) => live);
  }

  inNamespace(namespace: string): KubernetesObject[] {
    return this.all().filter(({ metadata }) => metadata.namespace === namespace);
  }

  /** What goes with the object of that uid, as an API server's garbage collection has it. */
  ownedBy(uid: unknown): KubernetesObject[] {
    return this.all().filter(({ metadata }) => {
      const owners = metadata.ownerReferences as { uid: string }[] | undefined;
      return uid !== undefined && owners?.some((owner) => owner.uid === uid);
    });
  }

  create(object: KubernetesObject, dryRun: boolean): KubernetesObject {
    const reference = this.#admit(object);
    const key = keyOf(reference);
    const existing = this.#objects.get(key);
    if (existing !== undefined) {
      throw new ClusterError("AlreadyExists", `${describe(reference)} exists already`, existing.live);
    }
    const live = structuredClone(object);
    live.metadata = {
      ...live.metadata,
      uid: randomUUID(),
      creationTimestamp: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
      generation: 1,
      resourceVersion: String(this.#version++),
    };
    if (!dryRun) {
      this.#objects.set(key, { live, applied: new Map([[CREATED, structuredClone(object)]]) });
      this.onChange(reference);
    }
    return structuredClone(live);
  }

  apply(object: KubernetesObject, fieldManager: string, dryRun: boolean): KubernetesObject {
    const reference = this.#admit(object);
    const stored = this.#objects.get(keyOf(reference));
    if (stored === undefined) throw new ClusterError("NotFound", `${describe(reference)} is not there`);
    const before = stored.applied.get(fieldManager) ?? stored.applied.get(CREATED);
    const kept = before ? (withoutDropped(stored.live, before, object) as KubernetesObject) : stored.live;
    const merged = merge(kept, object) as KubernetesObject;
    if (dryRun) return structuredClone(merged);
    stored.applied.delete(CREATED);
    stored.applied.set(fieldManager, structuredClone(object));
    return this.#replace(reference, stored, merged);
  }

  /** Gives fields to an object, and creates it with them if it is not there. */
  patch(object: KubernetesObject, fieldManager: string): KubernetesObject {
    const key = keyOf(this.#admit(object));
    const stored = this.#objects.get(key);
    if (stored !== undefined) {
      // Whoever created it keeps what it gave.
      if (!stored.applied.has(fieldManager)) stored.applied.set(fieldManager, structuredClone(object));
      return this.apply(object, fieldManager, false);
    }
    const live = this.create(object, false);
    this.#objects.get(key)!.applied = new Map([[fieldManager, structuredClone(object)]]);
    return live;
  }

  /** RFC 7396, as the API server's `application/merge-patch+json`. */
  mergePatch(reference: ObjectReference, patch: Fields): KubernetesObject {
    const stored = this.#objects.get(keyOf(reference));
    if (stored === undefined) throw new ClusterError("NotFound", `${describe(reference)} is not there`);
    return this.#replace(reference, stored, patched(stored.live, patch) as KubernetesObject);
  }

  /** Writes `status` without a new generation. */
  setStatus(reference: ObjectReference, status: Fields): void {
    const stored = this.#objects.get(keyOf(reference));
    if (stored === undefined || isDeepStrictEqual(stored.live.status, status)) return;
    stored.live.status = status;
    stored.live.metadata.resourceVersion = String(this.#version++);
  }

  remove(reference: ObjectReference): void {
    if (this.#objects.delete(keyOf(reference))) this.onChange(reference);
  }

  #replace(reference: ObjectReference, stored: Stored, next: KubernetesObject): KubernetesObject {
    if (!isDeepStrictEqual(next, stored.live)) {
      const isNewSpec = !isDeepStrictEqual(next.spec, stored.live.spec);
      const { generation = 1 } = stored.live.metadata;
      stored.live = structuredClone(next);
      Object.assign(stored.live.metadata, {
        resourceVersion: String(this.#version++),
        generation: isNewSpec ? generation + 1 : generation,
      });
      this.onChange(reference);
    }
    return structuredClone(stored.live);
  }

  #admit({ apiVersion, kind, metadata }: KubernetesObject): ObjectReference {
    const { name, namespace } = metadata;
    const namespaced = this.isNamespaced(apiVersion, kind);
    if (!name) throw new ClusterError("Invalid", `${kind}: metadata.name is missing`);
    if (!namespaced) return { apiVersion, kind, name };
    if (!namespace || !this.#objects.has(keyOf({ apiVersion: "v1", kind: "Namespace", name: namespace }))) {
      throw new ClusterError("NotFound", `${kind} ${name}: the namespace ${namespace} is not there`);
    }
    return { apiVersion, kind, namespace, name };
  }
}

export function referenceOf({ apiVersion, kind, metadata }: KubernetesObject): ObjectReference {
  return { apiVersion, kind, namespace: metadata.namespace, name: metadata.name ?? "" };
}

export function describe({ kind, namespace, name }: ObjectReference): string {
  return `${kind} ${namespace ? `${namespace}/` : ""}${name}`;
}

function keyOf({ apiVersion, kind, namespace = "", name }: ObjectReference): string {
  return [apiVersion, kind, namespace, name].join(" ");
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Server-side apply without the merge keys of lists: a list that is given replaces the whole list. */
function merge(live: unknown, given: unknown): unknown {
  if (!isFields(live) || !isFields(given)) return given;
  const merged = { ...live };
  for (const [name, value] of Object.entries(given)) merged[name] = merge(live[name], value);
  return merged;
}

/** The live object without the fields that `before` gave and `after` does not. */
function withoutDropped(live: unknown, before: unknown, after: unknown): unknown {
  if (!isFields(live) || !isFields(before)) return live;
  const kept = { ...live };
  for (const [name, value] of Object.entries(before)) {
    if (!isFields(after) || !(name in after)) delete kept[name];
    else kept[name] = withoutDropped(live[name], value, after[name]);
  }
  return kept;
}

function patched(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const result: Fields = isFields(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = patched(result[name], value);
  }
  return result;
}
