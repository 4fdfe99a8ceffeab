import { pause } from "../../concurrency/waiting";
import type { KubernetesError, PodsApi } from "./api";
import { type Container, containerKey, containersOf } from "./containers";

/** After a failure the pods are listed again after so long. Milliseconds. */
const AGAIN_MILLIS = 2_000;

/** The containers of ZITADEL's pods as they are now: a list, and a watch that keeps it right. */
export class Pods {
  /** By `containerKey`. */
  readonly containers = new Map<string, Container>();
  /** What keeps the list from being right. */
  failure: KubernetesError | undefined;
  /** Whether the list was read at least once since the last failure. */
  current = false;

  /** @param changed called after each change */
  constructor(
    private readonly api: Pick<PodsApi, "list" | "watch">,
    private readonly changed: () => void,
  ) {}

  /** Keeps the list until the signal is aborted; then it resolves. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const { pods, resourceVersion } = await this.api.list(signal);
        this.#replace(pods);
        this.failure = undefined;
        this.current = true;
        this.changed();
        for await (const { type, object } of this.api.watch(resourceVersion, signal)) {
          // 410 Gone, in the watch: the version is too old and everything is listed again.
          if (type === "ERROR") break;
          this.#apply(type, object);
          this.changed();
        }
        // Without a pause only where the watch ended as it should; a server that ends it at once is not hurried.
        await pause(AGAIN_MILLIS / 20, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.failure = error as KubernetesError;
        // An expired version is no failure: listing again is what it asks for.
        if (this.failure.status === 410) this.failure = undefined;
        else this.current = false;
        this.changed();
        await pause(AGAIN_MILLIS, signal);
      }
    }
  }

  #replace(pods: readonly unknown[]): void {
    this.containers.clear();
    for (const pod of pods) this.#apply("ADDED", pod);
  }

  #apply(type: string, pod: unknown): void {
    if (type === "BOOKMARK") return;
    for (const container of containersOf(pod)) {
      if (type === "DELETED") this.containers.delete(containerKey(container));
      else this.containers.set(containerKey(container), container);
    }
  }
}
