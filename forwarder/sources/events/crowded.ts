import { MAX_AGGREGATE_TYPES, MAX_EVENT_TYPES } from "../../../contract";
import type { PoisonEvent, ReadEvent } from "../../zitadel/event";
import type { Page, Search } from "../../zitadel/search";

/** Reads one page. */
export type SearchPage = (search: Search) => Promise<Page>;

/** What a crowded microsecond holds. */
export interface CrowdedRead {
  events: ReadEvent[];
  poison: PoisonEvent[];
  /** Whether the API lets us know that this is all. */
  proven: boolean;
}

/** The types to split by, where the filter does not name them. */
export interface KnownTypes {
  aggregateTypes: readonly string[];
  eventTypes: readonly string[];
}

/** Two pages overlap for certain when they share this part of a page: events of the same rank may change places. */
const OVERLAP = 0.1;

/**
 * Reads a microsecond that holds more events than a page: one push shares one creation time, and the set-up of
 * an instance or a bulk call writes hundreds or thousands of events in it. There is no page token and no
 * offset, so it is split by what can be filtered: aggregate types, then event types and aggregates, and one
 * aggregate by its sequence. An aggregate id is found by seeing one of its events, in the page of oldest or of
 * newest first; where these two pages overlap they show all. They cannot where more than two pages of events
 * of one aggregate type and one event type share the microsecond: an aggregate between the two ends stays unseen,
 * and `proven` is false.
 */
export async function readCrowded(search: Search, known: KnownTypes, page: SearchPage): Promise<CrowdedRead> {
  return new Crowd(search, known, page).read();
}

class Crowd {
  private readonly events = new Map<string, ReadEvent>();
  private readonly poison = new Map<string, PoisonEvent>();
  private readonly readAggregates = new Set<string>();
  private proven = true;

  constructor(
    private readonly search: Search,
    private readonly known: KnownTypes,
    private readonly page: SearchPage,
  ) {}

  async read(): Promise<CrowdedRead> {
    const { filter } = this.search;
    // Types that the server does not list are found by seeing them; the pages of both ends are read for that.
    const types = new Set(filter.aggregateTypes ?? this.known.aggregateTypes);
    if (!filter.aggregateTypes)
      for (const { event } of await this.bothEnds(this.search)) types.add(event.aggregate.type.type);
    for (const chunk of chunks([...types], MAX_AGGREGATE_TYPES)) await this.readTypes(chunk);
    return { events: [...this.events.values()], poison: [...this.poison.values()], proven: this.proven };
  }

  private async readTypes(aggregateTypes: string[]): Promise<void> {
    const page = await this.take(this.narrowedBy({ aggregateTypes }));
    if (!page.full) return;
    if (aggregateTypes.length > 1) {
      for (const half of halves(aggregateTypes)) await this.readTypes(half);
      return;
    }
    const aggregateType = aggregateTypes[0]!;
    if (await this.readAggregatesOf(this.narrowedBy({ aggregateTypes }), aggregateType)) return;
    const eventTypes = new Set(this.search.filter.eventTypes ?? this.known.eventTypes);
    if (!this.search.filter.eventTypes)
      for (const { event } of this.events.values()) eventTypes.add(event.type.type);
    for (const chunk of chunks([...eventTypes], MAX_EVENT_TYPES))
      await this.readEventTypes(aggregateType, chunk);
  }

  private async readEventTypes(aggregateType: string, eventTypes: string[]): Promise<void> {
    const search = this.narrowedBy({ aggregateTypes: [aggregateType], eventTypes });
    if (!(await this.take(search)).full) return;
    if (eventTypes.length > 1) {
      for (const half of halves(eventTypes)) await this.readEventTypes(aggregateType, half);
      return;
    }
    if (!(await this.readAggregatesOf(search, aggregateType))) this.proven = false;
  }

  /** Reads every aggregate that the two ends of a search show; whether these are certainly all. */
  private async readAggregatesOf(search: Search, aggregateType: string): Promise<boolean> {
    const shown = await this.bothEnds(search);
    const ids = new Set(shown.map(({ event }) => event.aggregate.id));
    for (const id of ids) await this.readAggregate(aggregateType, id);
    const overlap = shown.length - new Set(shown.map(keyOf)).size;
    return overlap >= Math.ceil(search.limit * OVERLAP);
  }

  private async readAggregate(aggregateType: string, aggregateId: string): Promise<void> {
    const key = JSON.stringify([aggregateType, aggregateId]);
    if (this.readAggregates.has(key)) return;
    this.readAggregates.add(key);
    let search = this.narrowedBy({ aggregateTypes: [aggregateType], aggregateId });
    let page = await this.take(search);
    while (page.full) {
      const sequences = page.events.map(({ event }) => Number(event.sequence));
      // A page that is not the lowest sequences in order would make the next one skip some.
      if (sequences.some((sequence, index) => index > 0 && sequence <= sequences[index - 1]!))
        this.proven = false;
      const last = Math.max(search.afterSequence ?? 0, ...sequences);
      if (last === search.afterSequence || sequences.length === 0) {
        this.proven = false;
        return;
      }
      search = { ...search, afterSequence: last };
      page = await this.take(search);
    }
  }

  private async bothEnds(search: Search): Promise<ReadEvent[]> {
    const oldest = await this.take(search);
    const newest = await this.take({ ...search, newestFirst: true });
    return [...oldest.events, ...newest.events];
  }

  private async take(search: Search): Promise<Page> {
    const page = await this.page(search);
    for (const read of page.events) this.events.set(keyOf(read), read);
    for (const poison of page.poison) this.poison.set(JSON.stringify(poison), poison);
    return page;
  }

  private narrowedBy(filter: Search["filter"]): Search {
    return { ...this.search, filter: { ...this.search.filter, ...filter } };
  }
}

function keyOf({ event }: ReadEvent): string {
  return JSON.stringify([event.aggregate.type.type, event.aggregate.id, event.sequence]);
}

function chunks<T>(all: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}

function halves<T>(all: T[]): [T[], T[]] {
  const middle = Math.ceil(all.length / 2);
  return [all.slice(0, middle), all.slice(middle)];
}
