import type { PriorityMutex } from "../../concurrency/priorityMutex";
import type { EventsClient } from "../../zitadel/client";
import type { MonotonicClock, ZitadelClock } from "../../zitadel/clock";
import type { PoisonEvent, ReadEvent } from "../../zitadel/event";
import { MAX_PAGE, type Page, type Search, type SearchFilter } from "../../zitadel/search";
import { ZitadelError } from "../../zitadel/zitadelError";
import { type KnownTypes, readCrowded } from "./crowded";
import { isMicrosecond, narrowed, type Span } from "./window";

/** A span of the log that was read whole. */
export interface WindowRead {
  /** What was read: begins where it was asked for, may end sooner. */
  span: Span;
  /** In no order that may be relied on. */
  events: ReadEvent[];
  poison: PoisonEvent[];
  /** ZITADEL's time, at the earliest, when the read of this span began: it shows every event visible then. */
  startedAtMicros: number;
  /** How long the page that was not full took. Milliseconds. */
  millis: number;
  /** False when a crowded microsecond may hold more than the API lets us read; see `readCrowded`. */
  proven: boolean;
}

/** A window is cancelled and narrowed when its page takes longer than this. Milliseconds. */
const SLOW_MILLIS = 10_000;
/** A window this narrow is slow for another reason than its width. Microseconds. */
const NOT_TO_BLAME = 1_000_000;

export interface WindowReaderOptions {
  client: Pick<EventsClient, "search">;
  clock: MonotonicClock;
  zitadelClock: ZitadelClock;
  /** Held for each request: every read takes ZITADEL's exclusive lock and makes its writers wait. */
  mutex: PriorityMutex;
  known: KnownTypes;
  /** Events asked for in one page. Default 1000, the most that ZITADEL gives. */
  limit?: number;
  /** Called after each request for events. */
  onPage?: (page: { size: number; millis: number }) => void;
}

/** Reads windows whole: a full page narrows the window, a crowded microsecond is split, a slow read is cancelled. */
export class WindowReader {
  readonly limit: number;

  constructor(private readonly options: WindowReaderOptions) {
    this.limit = options.limit ?? MAX_PAGE;
  }

  /**
   * Reads from the span's beginning as much as fits one page, or the whole of a crowded microsecond.
   *
   * @param urgent whether it goes before others that wait to ask ZITADEL
   */
  async read(span: Span, filter: SearchFilter, signal: AbortSignal, urgent = true): Promise<WindowRead> {
    const { clock, zitadelClock } = this.options;
    for (;;) {
      const startedAtMicros = zitadelClock.earliest();
      const startedAt = clock.now();
      const search: Search = { ...span, filter, limit: this.limit };
      let page: Page;
      try {
        page = await this.page(search, signal, urgent);
      } catch (error) {
        const width = span.toMicros - span.fromMicros;
        if (!(error instanceof ZitadelError) || error.kind !== "slow" || width <= NOT_TO_BLAME) throw error;
        span = { ...span, toMicros: span.fromMicros + Math.ceil(width / 4) };
        continue;
      }
      const { events, poison } = page;
      const millis = clock.now() - startedAt;
      if (!page.full) return { span, events, poison, startedAtMicros, millis, proven: true };
      if (isMicrosecond(span)) {
        const crowd = await readCrowded(search, this.options.known, (one) => this.page(one, signal, urgent));
        return { span, ...crowd, startedAtMicros, millis };
      }
      span = narrowed(
        span,
        events.map(({ createdMicros }) => createdMicros),
        this.limit,
      );
    }
  }

  private page(search: Search, signal: AbortSignal, urgent: boolean): Promise<Page> {
    const { client, clock, mutex, onPage } = this.options;
    return mutex.run(urgent, async () => {
      const startedAt = clock.now();
      const page = await client.search(search, signal, SLOW_MILLIS);
      onPage?.({ size: page.size, millis: clock.now() - startedAt });
      return page;
    });
  }
}
