import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { StatefulSetObject } from "./manifests";
import { Pod, type PodHost } from "./pod";

/**
 * The pods of one StatefulSet: as many as it wants, each of its newest template. A pod of an older template
 * is stopped before its successor starts, so at no time do two pods have one ordinal's volume; and one after
 * another from the highest ordinal, the next when the one before is ready, as a rolling update does.
 */
export class StatefulSetPods {
  readonly #pods = new Map<number, Pod>();
  #wanted: StatefulSetObject;
  #turning: Promise<void> = Promise.resolve();
  #stopped = false;
  #waiters: (() => void)[] = [];

  constructor(
    statefulSet: StatefulSetObject,
    private readonly host: PodHost,
    private readonly onChange: () => void,
  ) {
    this.#wanted = statefulSet;
    this.update(statefulSet);
  }

  get pods(): Pod[] {
    return [...this.#pods.values()];
  }

  /** Takes a new manifest; the pods follow in their own time. */
  update(statefulSet: StatefulSetObject): void {
    this.#wanted = statefulSet;
    this.#turning = this.#turning.then(() => this.#turn());
    this.#wake();
  }

  /** What of the newest manifest is not there yet; undefined when the rollout is complete. */
  pending(): string | undefined {
    const replicas = this.#wanted.spec.replicas ?? 1;
    for (let ordinal = 0; ordinal < replicas; ordinal++) {
      const pod = this.#pods.get(ordinal);
      if (pod === undefined || !this.#isCurrent(pod))
        return `pod ${this.#podName(ordinal)}: is to be started`;
      if (!pod.ready) return pod.reason;
    }
    const extra = [...this.#pods.keys()].find((ordinal) => ordinal >= replicas);
    return extra === undefined ? undefined : `pod ${this.#podName(extra)}: is to be stopped`;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#turning;
    await Promise.all(this.pods.map((pod) => pod.stop()));
    this.#pods.clear();
  }

  async #turn(): Promise<void> {
    const wanted = this.#wanted;
    const replicas = wanted.spec.replicas ?? 1;
    const leaving = [...this.#pods].filter(([ordinal]) => ordinal >= replicas);
    await Promise.all(
      leaving.map(async ([ordinal, pod]) => {
        await pod.stop();
        this.#pods.delete(ordinal);
      }),
    );
    for (let ordinal = 0; ordinal < replicas && !this.#stopped; ordinal++) {
      if (!this.#pods.has(ordinal)) this.#startPod(ordinal);
    }
    for (let ordinal = replicas - 1; ordinal >= 0 && !this.#isOutdated(wanted); ordinal--) {
      const pod = this.#pods.get(ordinal)!;
      if (this.#isCurrent(pod)) continue;
      await pod.stop();
      this.#startPod(ordinal);
      if (ordinal > 0) await this.#ready(ordinal, wanted);
    }
    this.onChange();
  }

  /** Whether something else is wanted by now. */
  #isOutdated(wanted: StatefulSetObject): boolean {
    return this.#stopped || this.#wanted !== wanted;
  }

  /** Waits until the pod is ready, or something else is wanted. */
  async #ready(ordinal: number, wanted: StatefulSetObject): Promise<void> {
    while (!this.#pods.get(ordinal)!.ready && !this.#isOutdated(wanted)) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  #wake(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
    this.onChange();
  }

  #isCurrent(pod: Pod): boolean {
    return isDeepStrictEqual(pod.identity.template, this.#wanted.spec.template);
  }

  #startPod(ordinal: number): void {
    const { metadata, spec } = this.#wanted;
    const claims = (spec.volumeClaimTemplates ?? []).map(({ metadata: { name = "" } = {} }) => [
      name,
      `${name}-${this.#podName(ordinal)}`,
    ]);
    const identity = {
      namespace: metadata.namespace ?? "default",
      name: this.#podName(ordinal),
      uid: randomUUID(),
      template: spec.template,
      claims: Object.fromEntries(claims),
    };
    this.#pods.set(ordinal, new Pod(identity, this.host, () => this.#wake()));
  }

  #podName(ordinal: number): string {
    return `${this.#wanted.metadata.name}-${ordinal}`;
  }
}
