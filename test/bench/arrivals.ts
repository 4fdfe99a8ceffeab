import { readFileSync } from "node:fs";
import { creationMicros } from "../../forwarder/records/micros";
import type { Delivery } from "./receiverProcess";

interface ArrivedRecord {
  event?: {
    aggregate: { id: string; type: { type: string } };
    sequence: string;
    creationDate: string;
  };
}

/** An event that arrived for the first time. */
export interface Arrival {
  /** Aggregate type and id, and sequence. */
  place: string;
  /** Microseconds since 1970. */
  createdAt: number;
  arrivedAt: number;
}

/** The events of a receiver's file in the order of their first arrival. */
export function readArrivals(file: string, deliveries: readonly Delivery[]): Arrival[] {
  const lines = readFileSync(file, "utf8").split("\n");
  const seen = new Set<string>();
  const arrivals: Arrival[] = [];
  let next = 0;
  for (const { lines: count, at } of deliveries) {
    for (const line of lines.slice(next, next + count)) {
      const { event } = JSON.parse(line) as ArrivedRecord;
      if (event === undefined) continue;
      const place = placeOf(event.aggregate.type.type, event.aggregate.id, event.sequence);
      if (seen.has(place)) continue;
      seen.add(place);
      arrivals.push({ place, createdAt: creationMicros(event.creationDate), arrivedAt: at });
    }
    next += count;
  }
  return arrivals;
}

/** Names an event's place in its aggregate's history. */
export function placeOf(aggregateType: string, aggregateId: string, sequence: number | string): string {
  return `${aggregateType}/${aggregateId}/${sequence}`;
}
