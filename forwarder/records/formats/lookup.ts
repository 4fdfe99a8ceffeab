import { matcher } from "../../../contract/schema/pattern";
import type { Meaning } from "./meaning";
import { type Row, rows } from "./table";

/** Names beyond so many are looked up again each time: names from outside must not fill the memory. */
const MOST_KEPT = 2000;

/** Gives the meaning of a name by a table. */
export function createLookup(table: readonly Row[]): (name: string) => Meaning {
  const compiled = table.map(({ types, says }) => ({ matches: matcher(types.split(" ")), says }));
  const kept = new Map<string, Meaning>();
  return (name) => {
    const known = kept.get(name);
    if (known) return known;
    // From the last row to the first: what an earlier one says stands.
    const meaning = Object.assign(
      {},
      ...compiled
        .filter(({ matches }) => matches(name))
        .map(({ says }) => says)
        .reverse(),
    ) as Meaning;
    if (kept.size < MOST_KEPT) kept.set(name, meaning);
    return meaning;
  };
}

/** The meaning of an event type, or of a login record or notice by its name. */
export const meaningOf = createLookup(rows);
