import type { ReadingContext } from "./eventRecord";
import { noticeId } from "./identity";
import { creationMicros } from "./micros";
import type { JournalRecord } from "./record";
import { MASK, withoutSecrets } from "./redaction/net";

/** What a notice of one type says beside its message. */
interface NoticeDescription {
  /** What has happened. */
  meaning: string;
  /** What to do about it. */
  remedy: string;
  /** What it says beside `message`, by name. */
  properties: { readonly [name: string]: string };
  /** What it says only at times. */
  sometimes?: { readonly [name: string]: string };
}

/** Every type of notice. A notice of a type that is not here, or with other properties, does not compile. */
export const noticeTypes = {
  journal_lost: {
    meaning:
      "A start found the journal gone and the checkpoint there: reading goes on where everything had been delivered. Some records arrive twice, under the same ids; login records that no destination had yet are gone.",
    remedy: "Look for the cause in the volume.",
    properties: {
      resumedFrom: "The time of the events from which they are read again.",
      checkpointDate: "When the checkpoint was written.",
    },
  },
  replica_journal_lost: {
    meaning:
      "A replica other than the first has another journal than before. Login records that it took and that no destination had yet are gone; their checks among the events are judged again.",
    remedy: "Look for the cause in the replica's volume.",
    properties: {
      replica: "Its ordinal.",
      journal: "Id of the journal that is gone.",
      from: "The time from which on its login records may be gone.",
    },
  },
  journal_damaged: {
    meaning:
      "The journal's file was damaged. It is kept aside; a new one was begun with what could be read and exists nowhere else, and events are read again.",
    remedy: "Look for the cause in the volume or its node, then remove the file.",
    properties: { keptAs: "Name of the damaged file." },
  },
  history_forked: {
    meaning:
      "One place in an aggregate's history holds two different events: ZITADEL's database was restored from a backup. Both are delivered, under different ids.",
    remedy: "None.",
    properties: { places: "The places: aggregates and sequences." },
  },
  range_clipped: {
    meaning:
      "ZITADEL's audit-log retention removed events before they were read, or before a destination that was behind had them.",
    remedy: "Lengthen the retention, or bring destinations back sooner.",
    properties: {
      from: "The time at which the missing range begins.",
      heldFrom: "The time from which on ZITADEL holds events.",
    },
    sometimes: { destination: "The destination that lacks them, where the others have them." },
  },
  stdout_gap: {
    meaning:
      "Lines of a container's log were gone before they could be read. Nobody can tell whether logins were among them; their checks come from the events.",
    remedy: "None; keep the forwarder running, and the node's log files longer.",
    properties: {
      pod: "ZITADEL's pod.",
      container: "Its container.",
      from: "The time of the last line that was taken.",
      to: "The time of the first line after it that was served, or the end of the container.",
    },
  },
  crowded_microsecond: {
    meaning:
      "More events share one microsecond than ZITADEL's API can show. All that it shows were read; some may be missing.",
    remedy: "Compare with ZITADEL's own database where it matters.",
    properties: {
      fromMicros: "The microsecond, counted from 1970.",
      events: "How many events were read of it.",
    },
  },
  poison_event: {
    meaning: "ZITADEL returned an event without what identifies it, or of which no record can be made.",
    remedy: "Report it: the forwarder does not know this event, or the answer was damaged on its way.",
    properties: { event: "What is known of the event, without its payload." },
  },
} as const satisfies { [type: string]: NoticeDescription };

/** What happened, in snake case: `history_forked`. */
export type NoticeType = keyof typeof noticeTypes;

/** What a notice of a type may leave out. */
type SometimesOf<Type extends NoticeType> = (typeof noticeTypes)[Type] extends { sometimes: infer Properties }
  ? keyof Properties
  : never;

/** A notice of a type: the properties that its description names, and no other. */
export type NoticeOf<Type extends NoticeType> = {
  type: Type;
  /** For the person who reads it. */
  message: string;
} & { [Name in keyof (typeof noticeTypes)[Type]["properties"]]: unknown } & {
  [Name in SometimesOf<Type>]?: unknown;
};

/** Something that the forwarder reports as a record of its own. */
export type Notice = { [Type in NoticeType]: NoticeOf<Type> }[NoticeType];

/**
 * A notice as a record for the journal. `key` says what the notice is about and makes its id: the same
 * instance, type and key give the same id, so that a notice repeated after a restart is one record. Its
 * creation time is the observed date. Its properties are delivered as they are; strings at any depth
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
