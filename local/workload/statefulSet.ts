import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { StatefulSetObject } from "./manifests";
import { Pod, type PodHost } from "./pod";

/**
 * The pods of one StatefulSet: as many as it wants, each of its newest template. A pod of an older template
 * is stopped before its successor starts, one after another from the highest ordinal, as a rolling update
 * does: at no time do two pods have one ordinal's volume.
 */
export class StatefulSetPods {
  readonly #pods = new Map<number, Pod>();
  #wanted: StatefulSetObject;
  #turning: Promise<void> = Promise.resolve();
  #stopped = false;

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
    await this.#turning;
    await Promise.all(this.pods.map((pod) => pod.stop()));
    this.#pods.clear();
  }

  async #turn(): Promise<void> {
    const replicas = this.#wanted.spec.replicas ?? 1;
    for (const [ordinal, pod] of [...this.#pods].sort(([a], [b]) => b - a)) {
      if (this.#stopped) return;
      if (ordinal < replicas && this.#isCurrent(pod)) continue;
      await pod.stop();
      this.#pods.delete(ordinal);
      if (ordinal < replicas) this.#startPod(ordinal);
    }
    for (let ordinal = 0; ordinal < replicas && !this.#stopped; ordinal++) {
      if (!this.#pods.has(ordinal)) this.#startPod(ordinal);
    }
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
    this.#pods.set(ordinal, new Pod(identity, this.host, this.onChange));
  }

  #podName(ordinal: number): string {
    return `${this.#wanted.metadata.name}-${ordinal}`;
  }
}
