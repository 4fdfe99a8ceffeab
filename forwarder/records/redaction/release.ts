import { fieldsOf, fieldTable } from "./table";

/** A payload field that configuration lets out although the table does not: `redaction.release[]`. */
export interface FieldRelease {
  eventType: string;
  /** A path of names joined by dots, through lists too: `user_agent.description`. */
  field: string;
}

/** One release that is refused: where in the configuration, and why, with the remedy. */
export interface ReleaseProblem {
  path: string;
  message: string;
}

/**
 * The releases that would let out what the table calls a secret. Where the table knows the event type its
 * list decides; of an unknown type no field may be released whose name is a secret in a known type and leaves in
 * none.
 */
export function releaseProblems(release: readonly FieldRelease[]): ReleaseProblem[] {
  const problems: ReleaseProblem[] = [];
  for (const [index, { eventType, field }] of release.entries()) {
    const path = `redaction.release[${index}].field`;
    const known = fieldsOf(eventType);
    const secret = known
      ? known.secret.find((name) => field === name || field.startsWith(`${name}.`))
      : field.split(".").find((name) => secretNames().has(name));
    if (secret === undefined) continue;
    problems.push({
      path,
      message: known
        ? `is a secret of ${eventType} (${secret}) and cannot be released: take this entry out`
        : `has the name of a secret (${secret}) and this event type is not reviewed: it cannot be released, take this entry out`,
    });
  }
  return problems;
}

let names: Set<string> | undefined;

/** Every name that is a secret in some event type and leaves in none. */
function secretNames(): Set<string> {
  if (names) return names;
  const entries = Object.values(fieldTable);
  const lastName = (path: string) => path.split(".").at(-1)!;
  names = new Set(entries.flatMap(({ secret }) => secret.map(lastName)));
  for (const { leaves } of entries) for (const path of leaves) names.delete(lastName(path));
  return names;
}
