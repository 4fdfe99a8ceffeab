import type { ReadingContext } from "./eventRecord";
import { noticeId } from "./identity";
import { creationMicros } from "./micros";
import type { JournalRecord } from "./record";
import { MASK, withoutSecrets } from "./redaction/net";

/** Something that the forwarder reports as a record of its own. */
export interface Notice extends Record<string, unknown> {
  /** What happened, in snake case: `history_forked`. */
  type: string;
  /** For the person who reads it. */
  message: string;
}

/**
 * A notice as a record for the journal. `key` says what the notice is about and makes its id: the same
 * instance, type and key give the same id, so that a notice repeated after a restart is one record. Its
 * creation time is the observed date. Further properties are delivered as they are; strings at any depth
 * pass the net for secrets.
 */
export function createNotice(
  notice: Notice,
  key: string,
  { instanceId, observedDate }: ReadingContext,
): JournalRecord {
  const id = noticeId(instanceId, notice.type, key);
  const body = JSON.stringify(
    { id, source: "forwarder", instance: { id: instanceId }, observedDate, notice },
    (_, value: unknown) => (typeof value === "string" ? (withoutSecrets(value, true) ?? MASK) : value),
  );
  return { id, source: "forwarder", createdMicros: creationMicros(observedDate), body };
}
