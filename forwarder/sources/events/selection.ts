import type { EventsFilter } from "../../../contract";
import type { SearchFilter } from "../../zitadel/search";
import { ZitadelError } from "../../zitadel/zitadelError";

/** What ZITADEL is asked for, and what of the configuration could not be asked for. */
export interface Selection {
  filter: SearchFilter;
  /** The configured filter as text: another text is another version of the filter. */
  text: string;
  /** Types that the filter names and this ZITADEL does not know: nothing of them can arrive. */
  unknownEventTypes: string[];
  unknownAggregateTypes: string[];
}

/**
 * Fits the configured filter to the types that ZITADEL knows. Unknown event types are left out: a known and an
 * unknown one together make the search fail (SQL-KyeAx), and only unknown ones read nothing without a word.
 * Throws a ZitadelError when nothing is left to ask for.
 */
export function select(
  configured: EventsFilter,
  known: { eventTypes: readonly string[]; aggregateTypes: readonly string[] },
): Selection {
  const { aggregateId, resourceOwner, editorUserId } = configured;
  const eventTypes = listOf(configured.eventTypes);
  const aggregateTypes = listOf(configured.aggregateTypes);
  const [knownEvents, unknownEventTypes] = parted(eventTypes, known.eventTypes);
  const [knownAggregates, unknownAggregateTypes] = parted(aggregateTypes, known.aggregateTypes);
  if ((eventTypes && knownEvents.length === 0) || (aggregateTypes && knownAggregates.length === 0)) {
    const names = knownEvents.length === 0 && eventTypes ? unknownEventTypes : unknownAggregateTypes;
    throw new ZitadelError(
      "unknown types",
      `ZITADEL knows none of the types ${names.join(", ")} of events.filter`,
      {
        remedy: "correct events.filter.eventTypes and events.filter.aggregateTypes",
        retry: "later",
      },
    );
  }
  return {
    filter: {
      ...(eventTypes && { eventTypes: knownEvents }),
      ...(aggregateTypes && { aggregateTypes: knownAggregates }),
      ...(aggregateId !== undefined && { aggregateId }),
      ...(resourceOwner !== undefined && { resourceOwner }),
      ...(editorUserId !== undefined && { editorUserId }),
    },
    text: JSON.stringify({
      eventTypes: eventTypes?.toSorted(),
      aggregateTypes: aggregateTypes?.toSorted(),
      aggregateId,
      resourceOwner,
      editorUserId,
    }),
    unknownEventTypes,
    unknownAggregateTypes,
  };
}

function listOf(types: readonly string[] | undefined): string[] | undefined {
  return types && types.length > 0 ? [...new Set(types)] : undefined;
}

function parted(types: readonly string[] | undefined, known: readonly string[]): [string[], string[]] {
  const all = new Set(known);
  return [(types ?? []).filter((type) => all.has(type)), (types ?? []).filter((type) => !all.has(type))];
}
