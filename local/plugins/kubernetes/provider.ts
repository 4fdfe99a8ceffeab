import { setTimeout as delay } from "node:timers/promises";
import { type Cluster, ClusterError, type KubernetesObject, type WaitOptions } from "../cluster";
import {
  forcesConflicts,
  isAutonamed,
  ownFieldManager,
  propagationOf,
  skipsAwait,
  skipsAwaitOfDeletion,
  timeoutOf,
  withAutoname,
} from "./annotations";
import { fromState, idOf, isPatch, kindOf, parseId, referenceTo, toObject, toState } from "./checkpoint";
import { type Diff, diff } from "./diff";
import { parsePath } from "./differences";
import { describe, InitializationError, isReason } from "./failures";
import { withoutIgnored } from "./ignoredFields";
import { autoname, newFieldManager } from "./naming";
import { type Fields, hasUnknown, reveal, withSecretsOf } from "./propertyValues";
import type { MutableData } from "./replacement";
import { isUsuallyNamespaced } from "./scope";
import { normalized, pruned } from "./shape";

/** How the program configured the provider. */
export interface ProviderOptions {
  /** Where an object of a namespaced kind goes that names no namespace. */
  namespace: string;
  mutable: MutableData;
  /** `enablePatchForce` */
  force: boolean;
  /** Whether a create of what exists is an update of it, as below version 4.29. Default false. */
  takesOver?: boolean;
}

/** Tries of a create whose namespace or kind is not there yet, each after twice the time of the one before. */
const CREATE_TRIES = 6;

/** What the engine asks of the provider, in plain values. */
export class KubernetesProvider {
  readonly #cancelled = new AbortController();

  constructor(
    private readonly cluster: Cluster,
    private readonly options: ProviderOptions,
    private readonly say: (urn: string, line: string) => void,
  ) {}

  /** The inputs with name and namespace filled in, in the form in which they compare with live objects. */
  async check(asked: {
    urn: string;
    olds: Fields;
    news: Fields;
    randomSeed: Uint8Array;
    proposedName?: string;
  }): Promise<Fields> {
    const { urn, olds, news, randomSeed, proposedName } = asked;
    const before = toObject(olds);
    let inputs = normalized(toObject(news));
    if (!inputs.metadata.name) {
      if (before.metadata.name && isAutonamed(before)) inputs = withAutoname(inputs, before.metadata.name);
      else if (Object.keys(olds).length === 0) {
        inputs = withAutoname(inputs, proposedName ?? autoname(urn.split("::").at(-1)!, randomSeed));
      }
    }
    if (!inputs.metadata.namespace && (await this.#isNamespaced(inputs))) {
      inputs = { ...inputs, metadata: { ...inputs.metadata, namespace: this.options.namespace } };
    }
    return withSecretsOf(news, inputs as unknown as Fields);
  }

  async diff(asked: {
    urn: string;
    state: Fields;
    news: Fields;
    ignoreChanges: readonly string[];
  }): Promise<Diff> {
    const { live, inputs } = fromState(asked.state);
    const news = toObject(asked.news);
    const isNamespaced = await this.#isNamespaced(news);
    const about = { isNamespaced, isPatch: isPatch(asked.urn), mutable: this.options.mutable };
    return diff(live, inputs, news, { ...asked, ...about });
  }

  async create(asked: {
    urn: string;
    properties: Fields;
    timeout: number;
    preview: boolean;
  }): Promise<{ id: string; properties: Fields }> {
    const { urn, properties, timeout, preview } = asked;
    const inputs = toObject(properties);
    const fieldManager = ownFieldManager(inputs) ?? newFieldManager();
    const state = (live: KubernetesObject) => toState({ live, inputs, fieldManager }, properties);
    if (preview) {
      const asGiven = { id: "", properties };
      if (isPatch(urn) || hasUnknown(properties) || !(await this.#isServed(inputs))) return asGiven;
      try {
        const { status: _, ...live } = await this.cluster.create(inputs, { dryRun: true });
        return { id: "", properties: state(live as KubernetesObject) };
      } catch (error) {
        if (isReason(error, "NotFound", "AlreadyExists", "Forbidden")) return asGiven;
        throw describe(error, `resource "${urn}" was not successfully created by the Kubernetes API server`);
      }
    }
    const created = await this.#create(urn, inputs, fieldManager);
    const ready = await this.#ready(urn, inputs, created, timeout).catch((error: Error) => {
      const live = (error instanceof ClusterError && error.live) || created;
      const message = `resource "${urn}" was successfully created, but the Kubernetes API server reported that it failed to fully initialize or become live: ${error.message}`;
      throw new InitializationError(message, idOf(live), state(live));
    });
    return { id: idOf(ready), properties: state(ready) };
  }

  async #create(urn: string, inputs: KubernetesObject, fieldManager: string): Promise<KubernetesObject> {
    const force = this.options.force || forcesConflicts(inputs);
    for (let left = CREATE_TRIES, wait = 1_000; ; left--, wait *= 2) {
      try {
        return await (isPatch(urn)
          ? this.cluster.patch(inputs, { force, fieldManager })
          : this.#createOrTakeOver(inputs, { force, fieldManager }));
      } catch (error) {
        const mayCome = isReason(error, "NotFound", "UnknownKind") && left > 1;
        if (mayCome) {
          this.say(urn, `creation failed, trying again: ${(error as Error).message}`);
          await delay(wait, undefined, { signal: this.#cancelled.signal }).catch(() => undefined);
        }
        if (!mayCome || this.#cancelled.signal.aborted) {
          throw describe(
            error,
            `resource "${urn}" was not successfully created by the Kubernetes API server`,
          );
        }
      }
    }
  }

  async #createOrTakeOver(
    inputs: KubernetesObject,
    options: { force: boolean; fieldManager: string },
  ): Promise<KubernetesObject> {
    const there = this.options.takesOver && (await this.cluster.get(referenceTo(inputs)));
    return there
      ? this.cluster.apply(inputs, { ...options, dryRun: false })
      : this.cluster.create(inputs, { dryRun: false });
  }

  async update(asked: {
    urn: string;
    state: Fields;
    news: Fields;
    timeout: number;
    preview: boolean;
    ignoreChanges: readonly string[];
  }): Promise<Fields> {
    const { urn, news, timeout, preview, ignoreChanges } = asked;
    const inputs = normalized(toObject(news));
    if (preview && (hasUnknown(news) || !(await this.#isServed(inputs)))) return news;
    const old = fromState(asked.state);
    const fieldManager = ownFieldManager(inputs) ?? (old.fieldManager || newFieldManager());
    const reference = referenceTo(old.live);
    const before = await this.cluster.get(reference);
    if (before === undefined)
      throw new Error(`update of resource "${urn}" failed: ${reference.kind} ${reference.name} is not there`);
    const state = (live: KubernetesObject) => toState({ live, inputs, fieldManager }, news);
    const force = this.options.force || forcesConflicts(inputs);
    const applied = withoutIgnored(inputs, before, ignoreChanges.map(parsePath), fieldManager);
    try {
      const live = await (isPatch(urn) && !preview
        ? this.cluster.patch(applied, { force, fieldManager })
        : this.cluster.apply(applied, { dryRun: preview, force, fieldManager }));
      return state(preview ? live : await this.#ready(urn, inputs, live, timeout));
    } catch (error) {
      if (preview) {
        if (isReason(error, "Forbidden")) return news;
        throw describe(error, `update of resource "${urn}" failed`);
      }
      const live = (await this.cluster.get(reference).catch(() => undefined)) ?? before;
      const message = `the Kubernetes API server reported that "${idOf(live)}" failed to fully initialize or become live: ${(error as Error).message}`;
      throw new InitializationError(message, idOf(live), state(live));
    }
  }

  /** The live object with the inputs it amounts to; undefined if it is gone. */
  async read(asked: {
    urn: string;
    id: string;
    state: Fields;
    inputs: Fields;
  }): Promise<{ id: string; state: Fields; inputs: Fields } | undefined> {
    const known = Object.keys(asked.inputs).length > 0;
    const given = known ? toObject(asked.inputs) : { ...kindOf(asked.urn), metadata: parseId(asked.id) };
    const { apiVersion, kind } = given;
    const reference = { apiVersion, kind, ...parseId(asked.id) };
    const live = await this.cluster.get(reference).catch((error: unknown) => {
      // A custom resource whose definition is gone is gone with it.
      if (isReason(error, "UnknownKind")) return undefined;
      throw error;
    });
    if (live === undefined) return undefined;
    const { status: _, ...imported } = live;
    const inputs = known ? pruned(live, normalized(given)) : normalized(imported as KubernetesObject);
    const fieldManager = ownFieldManager(given) || fromState(asked.state).fieldManager || newFieldManager();
    const id = asked.id || idOf(live);
    const state = toState({ live, inputs, fieldManager }, asked.inputs);
    const liveInputs = withSecretsOf(asked.inputs, inputs as unknown as Fields);
    if (known && !skipsAwait(given)) {
      await this.cluster.awaitReady(reference, this.#wait(asked.urn, 0)).catch((error: Error) => {
        throw new InitializationError(error.message, id, state, liveInputs);
      });
    }
    return { id, state, inputs: liveInputs };
  }

  async delete(asked: { urn: string; id: string; state: Fields; timeout: number }): Promise<void> {
    const { urn, id, timeout } = asked;
    if (isPatch(urn)) throw new Error(`resource "${urn}": the deletion of a Patch resource is not here`);
    const { live, inputs } = fromState(asked.state);
    const { apiVersion, kind } = live;
    const limit = skipsAwaitOfDeletion(inputs) ? 0 : timeoutOf(inputs, timeout);
    try {
      await this.cluster.delete(
        { apiVersion, kind, ...parseId(id) },
        { ...this.#wait(urn, limit), propagation: propagationOf(inputs) },
      );
    } catch (error) {
      if (isReason(error, "UnknownKind")) return;
      const left = error instanceof ClusterError && error.reason === "NotReady" ? error.live : undefined;
      if (left === undefined) throw error;
      throw new InitializationError((error as Error).message, id, { ...asked.state, ...toPlain(left) });
    }
  }

  cancel(): void {
    this.#cancelled.abort();
  }

  async #ready(urn: string, inputs: KubernetesObject, live: KubernetesObject, timeout: number) {
    if (skipsAwait(inputs)) return live;
    return this.cluster.awaitReady(referenceTo(live), this.#wait(urn, timeoutOf(inputs, timeout)));
  }

  #wait(urn: string, timeout: number): WaitOptions {
    return { timeout, signal: this.#cancelled.signal, progress: (line) => this.say(urn, line) };
  }

  async #isNamespaced({ apiVersion, kind }: KubernetesObject): Promise<boolean> {
    return this.cluster.isNamespaced(apiVersion, kind).catch((error: unknown) => {
      if (isReason(error, "UnknownKind", "Unreachable")) return isUsuallyNamespaced(apiVersion, kind);
      throw error;
    });
  }

  async #isServed({ apiVersion, kind }: KubernetesObject): Promise<boolean> {
    return this.cluster.isNamespaced(apiVersion, kind).then(
      () => true,
      (error: unknown) => {
        if (isReason(error, "UnknownKind", "Unreachable")) return false;
        throw error;
      },
    );
  }
}

function toPlain(object: KubernetesObject): Fields {
  return reveal(object as unknown as Fields) as Fields;
}
