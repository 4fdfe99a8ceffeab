import type { History } from "./directory";
import type { StoredEvent } from "./eventTable";
import type { Instance } from "./instance";
import { formatTimestamp } from "./timestamp";

/** `details` of a thing that is shown. */
export function shownHistory({ sequence, createdAt, changedAt, resourceOwner }: History): object {
  return {
    sequence: String(sequence),
    creationDate: formatTimestamp(createdAt),
    changeDate: formatTimestamp(changedAt),
    resourceOwner,
  };
}

/** `details` of an answer to a creation. */
export function createdDetails({ sequence, createdAt, resourceOwner }: StoredEvent): object {
  return { sequence: String(sequence), creationDate: formatTimestamp(createdAt), resourceOwner };
}

/** `details` of an answer to a change. */
export function changedDetails({ sequence, createdAt, resourceOwner }: StoredEvent): object {
  return { sequence: String(sequence), changeDate: formatTimestamp(createdAt), resourceOwner };
}

export function changedAnswer(event: StoredEvent): object {
  return { details: changedDetails(event) };
}

export function searchAnswer(instance: Instance, result: object[]): object {
  const viewTimestamp = formatTimestamp(instance.clock.now());
  if (result.length === 0) return { details: { viewTimestamp } };
  return { details: { totalResult: String(result.length), viewTimestamp }, result };
}
