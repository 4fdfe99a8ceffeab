import { createHash } from "node:crypto";
import type { ReadingContext } from "../../records/eventRecord";
import { createNotice } from "../../records/notice";
import type { JournalRecord, ZitadelEvent } from "../../records/record";
import { knownOf, type PoisonEvent } from "../../zitadel/event";
import type { WindowRead } from "./windowReader";

/** Makes the record of an event: redaction is decided by whoever passes it. */
export type CreateRecord = (event: ZitadelEvent, context: ReadingContext) => JournalRecord;

/** What a window holds, as records for the journal: events, and notices about those that can be none. */
export interface ReadRecords {
  events: JournalRecord[];
  notices: JournalRecord[];
  poison: number;
}

/**
 * The records of a window that was read. An event that cannot be identified or built becomes a notice with what
 * it says of itself besides its payload: it is seen at the destination, and holds up nobody.
 */
export function recordsOf(
  read: WindowRead,
  context: ReadingContext,
  createRecord: CreateRecord,
): ReadRecords {
  const events: JournalRecord[] = [];
  const poison = [...read.poison];
  for (const { event } of read.events) {
    try {
      events.push(createRecord(event, context));
    } catch (error) {
      poison.push({
        fault: `no record can be made of it (${(error as Error).name})`,
        known: knownOf(event),
      });
    }
  }
  const notices = poison.map((one) => poisonNotice(one, context));
  if (!read.proven)
    notices.push(
      createNotice(
        {
          type: "crowded_microsecond",
          message:
            "more events share one microsecond than ZITADEL's API can show; all that it shows were read, and some may be missing",
          fromMicros: read.span.fromMicros,
          events: read.events.length,
        },
        String(read.span.fromMicros),
        context,
      ),
    );
  return { events, notices, poison: poison.length };
}

function poisonNotice({ fault, known }: PoisonEvent, context: ReadingContext): JournalRecord {
  return createNotice(
    {
      type: "poison_event",
      message: `ZITADEL returned an event that ${fault}: it cannot be delivered as a record`,
      event: known,
    },
    createHash("sha256")
      .update(JSON.stringify([fault, known]))
      .digest("hex"),
    context,
  );
}
