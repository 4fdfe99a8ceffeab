import aggregateTypes from "./generated/aggregateTypes.json";
import eventTypes from "./generated/eventTypes.json";
import german from "./generated/german.json";
import type { EventRow } from "./search";
import { formatTimestamp } from "./timestamp";

type Messages = Record<string, string>;

/** Types as the server lists them, with their English messages. */
export const EVENT_TYPES: Messages = eventTypes;
export const AGGREGATE_TYPES: Messages = aggregateTypes;

/**
 * Prints events as the Events API does. Payloads are spliced in as they are stored; what depends on the type
 * alone is made once.
 */
export class EventText {
  private readonly types = new Map<string, string>();

  /**
   * @param acceptLanguage the request's header: German is known as far as it was recorded, else English
   * @param displayName of a user as it is now, undefined if it is gone
   */
  constructor(
    private readonly acceptLanguage: string | undefined,
    private readonly displayName: (userId: string) => string | undefined,
  ) {}

  /** The body of an answer: an empty object if there are no events. */
  answer(rows: EventRow[]): string {
    return rows.length === 0 ? "{}" : `{"events":[${rows.map((row) => this.event(row)).join(", ")}]}`;
  }

  /** The lists that events/types and aggregates/types answer with. */
  list(kind: "EventTypes" | "AggregateTypes"): string {
    const names = Object.keys(kind === "EventTypes" ? EVENT_TYPES : AGGREGATE_TYPES);
    const field = kind === "EventTypes" ? "eventTypes" : "aggregateTypes";
    return `{"${field}":[${names.map((name) => this.type(kind, name)).join(", ")}]}`;
  }

  private event(row: EventRow): string {
    const id = JSON.stringify(row.aggregate_id);
    const owner = JSON.stringify(row.resource_owner);
    const payload = row.payload === null ? "" : `"payload":${row.payload}, `;
    return (
      `{"editor":${this.editor(row)}, "aggregate":{"id":${id}, ` +
      `"type":${this.type("AggregateTypes", row.aggregate_type)}, "resourceOwner":${owner}}, ` +
      `"sequence":"${row.sequence}", "creationDate":"${formatTimestamp(row.created_at)}", ` +
      `${payload}"type":${this.type("EventTypes", row.event_type)}}`
    );
  }

  private editor(row: EventRow): string {
    const service = `"service":${JSON.stringify(row.editor_service)}}`;
    if (row.editor_user === "") return `{${service}`;
    const name = this.displayName(row.editor_user);
    const shown = name === undefined ? "" : `"displayName":${JSON.stringify(name)}, `;
    return `{"userId":${JSON.stringify(row.editor_user)}, ${shown}${service}`;
  }

  private type(kind: "EventTypes" | "AggregateTypes", name: string): string {
    const key = `${kind}.${name}`;
    const known = this.types.get(key);
    if (known) return known;
    const english = (kind === "EventTypes" ? EVENT_TYPES : AGGREGATE_TYPES)[name] ?? key;
    const wanted = this.acceptLanguage?.startsWith("de") ? (german as Messages)[key] : undefined;
    const localized = { key, localizedMessage: wanted ?? english };
    const text = JSON.stringify({ type: name, localized });
    this.types.set(key, text);
    return text;
  }
}
