/** A naive store that answers searches as the recordings show, to test the reading against. */
import { creationMicros, formatMicros } from "../../../../forwarder/records/micros";
import { readPage, type Search, searchBody } from "../../../../forwarder/zitadel/search";

export interface ModelEvent {
  createdMicros: number;
  /** When a search can see it, microseconds. Default: always. */
  visibleMicros?: number;
  aggregateType: string;
  aggregateId: string;
  sequence: number;
  eventType: string;
  resourceOwner?: string;
}

/** Unique name of an event. */
export const nameOf = (event: Pick<ModelEvent, "aggregateType" | "aggregateId" | "sequence">) =>
  `${event.aggregateType}/${event.aggregateId}/${event.sequence}`;

export class Model {
  requests = 0;

  /** @param events in the order of their commits: what a search sorts by */
  constructor(readonly events: ModelEvent[]) {}

  /** The answer's text to a request's body. */
  answer(body: string, nowMicros = Number.POSITIVE_INFINITY): string {
    this.requests += 1;
    const { asc, limit, range, sequence, eventTypes, aggregateTypes, aggregateId } = JSON.parse(body);
    const since = creationMicros(range.since);
    const until = creationMicros(range.until);
    const found = this.events.filter(
      (event) =>
        (event.visibleMicros ?? Number.NEGATIVE_INFINITY) <= nowMicros &&
        event.createdMicros > since &&
        event.createdMicros < until &&
        (!eventTypes || eventTypes.includes(event.eventType)) &&
        (!aggregateTypes || aggregateTypes.includes(event.aggregateType)) &&
        (aggregateId === undefined || event.aggregateId === aggregateId) &&
        (sequence === undefined ||
          (asc ? event.sequence > Number(sequence) : event.sequence < Number(sequence))),
    );
    const page = (asc ? found : found.toReversed()).slice(0, limit);
    return page.length === 0 ? "{}" : JSON.stringify({ events: page.map(asZitadel) });
  }

  /** A client's `search` on this store. */
  search = async (search: Search) => readPage(this.answer(searchBody(search)), search);
}

export function asZitadel(event: ModelEvent) {
  return {
    aggregate: {
      id: event.aggregateId,
      type: { type: event.aggregateType },
      resourceOwner: event.resourceOwner ?? "owner",
    },
    sequence: String(event.sequence),
    creationDate: formatMicros(event.createdMicros),
    type: { type: event.eventType },
  };
}
