import type { EventsFilter } from "../../contract";
import { formatMicros } from "../records/micros";
import { parseJson } from "../records/rawNumber";
import { serverWords } from "../records/redaction/serverWords";
import { type PoisonEvent, type ReadEvent, readEvent } from "./event";
import { ZitadelError } from "./zitadelError";

/** What ZITADEL filters by, besides time. Empty lists are left out. */
export type SearchFilter = Pick<
  EventsFilter,
  "eventTypes" | "aggregateTypes" | "aggregateId" | "resourceOwner" | "editorUserId"
>;

/** One search: events created in [fromMicros, toMicros). */
export interface Search {
  fromMicros: number;
  toMicros: number;
  filter: SearchFilter;
  /** Newest first instead of oldest first; a hint only, nothing relies on order. */
  newestFirst?: boolean;
  /** Only sequences greater than this (oldest first only). */
  afterSequence?: number;
  limit: number;
}

/** What a search answered. `size` counts every event of the answer, poison too. */
export interface Page {
  events: ReadEvent[];
  poison: PoisonEvent[];
  size: number;
  /** There may be more events than the page holds. */
  full: boolean;
}

/** ZITADEL answers at most so many events, whatever the limit. */
export const MAX_PAGE = 1000;

/**
 * The request's body. Both bounds of `range` are exclusive to the microsecond, so an inclusive beginning is
 * one microsecond earlier (recordings es-21 to es-25). Always both: there is no index behind an open-ended read.
 */
export function searchBody(search: Search): string {
  return JSON.stringify({
    ...search.filter,
    asc: !search.newestFirst,
    limit: search.limit,
    range: { since: formatMicros(search.fromMicros - 1), until: formatMicros(search.toMicros) },
    ...(search.afterSequence === undefined ? {} : { sequence: String(search.afterSequence) }),
  });
}

/**
 * Reads an answer's body. Throws a ZitadelError when it is no answer to a search, or when it contradicts the
 * search: ZITADEL ignores fields that it does not know, so a filter that it does not understand would read
 * everything, and a bound that it does not understand would end in silent loss.
 */
export function readPage(text: string, search: Search): Page {
  let body: unknown;
  try {
    body = parseJson(text);
  } catch {
    throw garbage("is not JSON");
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw garbage("is not a JSON object");
  // Nothing found is an empty object (recording es-36): another one may hold what we do not understand.
  if (!("events" in body) && Object.keys(body).length > 0) throw garbage("holds no events");
  const list = (body as { events?: unknown }).events ?? [];
  if (!Array.isArray(list)) throw garbage("holds no list of events");

  const page: Page = { events: [], poison: [], size: list.length, full: list.length >= search.limit };
  if (list.length > search.limit) throw contradiction(`${list.length} events for a limit of ${search.limit}`);
  const check = contradictionCheck(search);
  for (const value of list) {
    const read = readEvent(value);
    if ("fault" in read) {
      page.poison.push(read);
      continue;
    }
    const fault = check(read);
    if (fault !== undefined) throw contradiction(fault);
    page.events.push(read);
  }
  return page;
}

function contradictionCheck({ filter, fromMicros, toMicros, afterSequence }: Search) {
  const types = filter.eventTypes && new Set(filter.eventTypes);
  const aggregateTypes = filter.aggregateTypes && new Set(filter.aggregateTypes);
  return ({ event, createdMicros }: ReadEvent): string | undefined => {
    if (createdMicros < fromMicros || createdMicros >= toMicros)
      return `an event created ${event.creationDate}, outside of the range asked for`;
    if (types && !types.has(event.type.type)) return `an event of type ${shown(event.type.type)}`;
    if (aggregateTypes && !aggregateTypes.has(event.aggregate.type.type))
      return `an event of aggregate type ${shown(event.aggregate.type.type)}`;
    if (filter.aggregateId !== undefined && event.aggregate.id !== filter.aggregateId)
      return "an event of another aggregate";
    if (filter.resourceOwner !== undefined && event.aggregate.resourceOwner !== filter.resourceOwner)
      return "an event of another resource owner";
    if (filter.editorUserId !== undefined && event.editor?.userId !== filter.editorUserId)
      return "an event of another editor";
    if (afterSequence !== undefined && Number(event.sequence) <= afterSequence)
      return `an event of sequence ${event.sequence}`;
    return undefined;
  };
}

function shown(type: string): string {
  return serverWords(type) ?? "that is not shown";
}

function contradiction(fault: string): ZitadelError {
  return new ZitadelError(
    "contradiction",
    `ZITADEL's answer contradicts the search's filter: it holds ${fault}`,
    {
      remedy: "this version of ZITADEL does not understand the filter: do not use that part of events.filter",
      retry: "never",
    },
  );
}

export function garbage(fault: string): ZitadelError {
  return new ZitadelError("garbage", `ZITADEL's answer ${fault}`, {
    remedy:
      "check that zitadel.issuer and zitadel.address are ZITADEL's and that no proxy changes its answers",
    retry: "soon",
  });
}
