import type { DestinationConfiguration } from "../../../contract";
import { matcher } from "../../../contract/schema/pattern";
import type { Facts } from "./facts";

export type Filter = NonNullable<DestinationConfiguration["filter"]>;
type Selection = NonNullable<Filter["include"]>[number];

/**
 * Whether a destination's filter lets a record through. What the forwarder reports itself passes every `include`:
 * a loss must reach whom it concerns.
 */
export function createFilter({ include, exclude }: Filter): (facts: Facts) => boolean {
  const included = include?.map(selector);
  const excluded = exclude?.map(selector) ?? [];
  return (facts) => {
    if (excluded.some((selects) => selects(facts))) return false;
    return facts.source === "forwarder" || (included?.some((selects) => selects(facts)) ?? true);
  };
}

/** A selection selects what matches each property that it names. */
function selector(selection: Selection): (facts: Facts) => boolean {
  const { eventTypes, aggregateTypes, organizations, users, sources, severities } = selection;
  const matches = eventTypes && matcher(eventTypes);
  return (facts) =>
    (matches === undefined || matches(facts.name)) &&
    names(aggregateTypes, facts.aggregate?.type) &&
    names(organizations, facts.organizationId) &&
    (users === undefined || names(users, facts.user?.id) || names(users, facts.actor?.id)) &&
    names(sources, facts.source) &&
    names(severities, facts.meaning.severity);
}

function names(list: readonly string[] | undefined, value: string | undefined): boolean {
  return list === undefined || (value !== undefined && list.includes(value));
}
