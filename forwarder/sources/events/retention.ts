import { creationMicros, formatMicros } from "../../records/micros";
import type { NoticeOf } from "../../records/notice";
import type { EventsClient, Instance } from "../../zitadel/client";
import type { MonotonicClock } from "../../zitadel/clock";
import type { Span } from "./window";

/** An instance's first events may be older than what it says of itself by a long transaction. Microseconds. */
export const FIRST_EVENTS_SLACK = 3_600_000_000;
/** ZITADEL is asked again after this long at the latest. Microseconds. */
const EVERY = 600_000_000;

/** What ZITADEL still holds. */
export interface Held {
  /** Creation time of the oldest event, microseconds; ZITADEL's time when it holds none. */
  oldestMicros: number;
  /** It has removed none. */
  whole: boolean;
}

/** Some events created in [fromMicros, heldFromMicros) may have been removed before they were read. */
export interface Clipped {
  fromMicros: number;
  heldFromMicros: number;
}

/**
 * Watches whether ZITADEL's audit-log retention removes events before they are read: it does so without a word,
 * and a span that it has emptied looks like one in which nothing happened.
 *
 * It removes the oldest events as time goes on. What was created some time after the oldest event that is held is
 * out of reach until as much time has passed: only then is ZITADEL asked again, or after a while in case that the
 * retention was shortened.
 */
export class Retention {
  private oldest = Number.POSITIVE_INFINITY;
  /** Our milliseconds. */
  private askedAt = Number.NEGATIVE_INFINITY;
  private reportedThrough = Number.NEGATIVE_INFINITY;
  /** Where the first span begins that was read since then without asking. */
  private unasked = Number.POSITIVE_INFINITY;

  constructor(
    private readonly options: {
      held: (signal: AbortSignal) => Promise<Held>;
      clock: MonotonicClock;
    },
  ) {}

  /** What may have been gone of a span that was read just now; undefined when nothing was, or it was reported before. */
  async clipped(span: Span, signal: AbortSignal): Promise<Clipped | undefined> {
    const { held, clock } = this.options;
    const fromMicros = Math.max(span.fromMicros, this.reportedThrough);
    const passed = (clock.now() - this.askedAt) * 1000;
    if (fromMicros >= span.toMicros) return undefined;
    const outOfReach = passed < fromMicros - this.oldest;
    if (outOfReach && passed < EVERY) {
      this.unasked = Math.min(this.unasked, fromMicros);
      return undefined;
    }
    const askedAt = clock.now();
    const { oldestMicros, whole } = await held(signal);
    this.oldest = oldestMicros;
    this.askedAt = askedAt;
    // Gone although out of reach: the retention was shortened, at some time since ZITADEL was asked last.
    const first = outOfReach ? Math.min(this.unasked, fromMicros) : fromMicros;
    this.unasked = Number.POSITIVE_INFINITY;
    if (whole || oldestMicros <= first) return undefined;
    this.reportedThrough = oldestMicros;
    return { fromMicros: first, heldFromMicros: oldestMicros };
  }
}

/**
 * Asks ZITADEL what it still holds. The oldest event that it serves, of any type, says it: when that is later than the
 * instance itself came into being, something before it is gone.
 *
 * @param nowMicros ZITADEL's time
 */
export async function held(
  client: Pick<EventsClient, "search">,
  instance: Instance,
  nowMicros: number,
  signal: AbortSignal,
): Promise<Held> {
  const oldest = await oldestHeld(client, nowMicros, signal);
  if (oldest === undefined) return { oldestMicros: nowMicros, whole: false };
  return {
    oldestMicros: oldest,
    whole: oldest <= creationMicros(instance.creationDate) + FIRST_EVENTS_SLACK,
  };
}

/** Creation time of the oldest event that ZITADEL still serves; undefined when it serves none. */
export async function oldestHeld(
  client: Pick<EventsClient, "search">,
  nowMicros: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { events } = await client.search(
    { fromMicros: 0, toMicros: nowMicros, filter: {}, limit: 1 },
    signal,
  );
  return events[0]?.createdMicros;
}

/** The notice that reports it, and the key that makes its id. */
export function clippedNotice({ fromMicros, heldFromMicros }: Clipped): {
  notice: NoticeOf<"range_clipped">;
  key: string;
} {
  const [from, heldFrom] = [formatMicros(fromMicros), formatMicros(heldFromMicros)];
  const message = `ZITADEL no longer holds events from ${from} to ${heldFrom}: its audit-log retention removed them before they were read`;
  return {
    notice: { type: "range_clipped", message, from, heldFrom },
    key: `${fromMicros} ${heldFromMicros}`,
  };
}
