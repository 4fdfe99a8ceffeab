import { invalidArgument, ZitadelError } from "./errors";
import { EVENT_TYPES } from "./eventText";
import { type Located, type Message, timestampOf } from "./protojson";
import type { EventFilter } from "./search";
import { parseTimestamp } from "./timestamp";

const MOST_EVENTS = 1000;
const MOST_EVENT_TYPES = 30;
const MOST_AGGREGATE_TYPES = 10;
const LONGEST_ID = 200;

/** What a body asks for, read before the caller is known, as grpc-gateway does. */
export interface EventSearch extends Omit<EventFilter, "limit"> {
  /** As it was given; 0: absent. */
  limit: number;
}

export function readEventSearch(body: Message): EventSearch {
  const ascending = body.boolean("asc") ?? false;
  const search: EventSearch = {
    ascending,
    limit: body.unsigned("limit", "uint32") ?? 0,
    eventTypes: body.strings("eventTypes"),
    aggregateTypes: body.strings("aggregateTypes"),
    aggregateId: body.string("aggregateId"),
    resourceOwner: body.string("resourceOwner"),
    editorUserId: body.string("editorUserId"),
    sequence: body.unsigned("sequence", "uint64") || undefined,
  };
  const bound = body.oneOf("zitadel.admin.v1.ListEventsRequest", "creation_date_filter", ["range", "from"]);
  const time = (field: Located | undefined) => field && timestampOf(field, parseTimestamp);
  const range = bound?.[0] === "range" ? body.message("range") : undefined;
  search.since = time(range?.field("since"));
  search.until = time(range?.field("until"));
  const from = time(bound?.[0] === "from" ? bound[1] : bound ? undefined : body.field("creationDate"));
  if (from !== undefined) search[ascending ? "since" : "until"] = from;
  return search;
}

/** The filter of a search that ZITADEL accepts, or nothing if no event can match. */
export function acceptEventSearch(search: EventSearch): EventFilter | undefined {
  const refuse = (field: string, rule: string) => invalidArgument("ListEventsRequest", field, rule);
  if (search.eventTypes.length > MOST_EVENT_TYPES) {
    throw refuse("EventTypes", `value must contain no more than ${MOST_EVENT_TYPES} item(s)`);
  }
  if (search.aggregateTypes.length > MOST_AGGREGATE_TYPES) {
    throw refuse("AggregateTypes", `value must contain no more than ${MOST_AGGREGATE_TYPES} item(s)`);
  }
  const ids = {
    AggregateId: search.aggregateId,
    ResourceOwner: search.resourceOwner,
    EditorUserId: search.editorUserId,
  };
  for (const [field, id] of Object.entries(ids)) {
    if ([...(id ?? "")].length <= LONGEST_ID) continue;
    throw refuse(field, `value length must be between 0 and ${LONGEST_ID} runes, inclusive`);
  }
  const known = search.eventTypes.filter((type) => type in EVENT_TYPES);
  if (search.aggregateTypes.length === 0 && known.length < search.eventTypes.length) {
    // The server derives the aggregate types from the event types and stumbles over those it does not know.
    if (known.length === 0) return undefined;
    throw new ZitadelError({ code: 13, id: "SQL-KyeAx", message: "unable to filter events" });
  }
  const limit = search.limit === 0 || search.limit > MOST_EVENTS ? MOST_EVENTS : search.limit;
  return { ...search, limit };
}
