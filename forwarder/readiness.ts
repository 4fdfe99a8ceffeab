import type { Fault } from "./fault";
import type { Source } from "./sources/source";

/**
 * Whether the pod does what it is for. Where it takes webhook calls readiness says just that: whoever is not ready
 * gets no calls, and a login must not go unrecorded because a destination is misconfigured. Elsewhere it says that
 * every source works and nobody has to mend anything.
 */
export function isReady(sources: readonly Source[], faults: readonly Fault[]): boolean {
  const webhook = sources.find(({ name }) => name === "webhook");
  if (webhook) return webhook.ready();
  return faults.length === 0 && sources.every((source) => source.ready());
}

/** What every source shows of itself, by its name. */
export function statesOf(sources: readonly Source[]): Record<string, object> {
  return Object.fromEntries(sources.map((source) => [source.name, source.state()]));
}
