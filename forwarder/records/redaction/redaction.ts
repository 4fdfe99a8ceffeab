import type { WithheldField } from "../record";
import { compileFields, type Field } from "./allowed";
import { redactedPayload } from "./payload";
import { type FieldRelease, releaseProblems } from "./release";
import { fieldsOf, fieldTable } from "./table";

/** Decides what of a payload may leave. Made once at start, used for every event. */
export interface Redaction {
  /**
   * The JSON text of what may leave of an event's payload; undefined when there is none or none of it may.
   * What is withheld is added to `withheld` and counted.
   */
  payload(eventType: string, payload: unknown, withheld: WithheldField[]): string | undefined;
}

export interface RedactionOptions {
  /** `redaction.release` of the configuration. */
  release?: readonly FieldRelease[];
  /**
   * Called for an event with withheld fields: its type as the table names it, or "unlisted" for a type that
   * the table does not know, so that a metric's label has a bounded set of values; and how many, by reason.
   */
  count?: (eventType: string, notListed: number, secret: number) => void;
}

/** Throws when a release names a secret field: check `releaseProblems` first for a message to show. */
export function createRedaction({ release = [], count }: RedactionOptions = {}): Redaction {
  const [problem] = releaseProblems(release);
  if (problem) throw new Error(`${problem.path} ${problem.message}`);

  const fieldsByType = new Map<string, Field>();
  for (const eventType of new Set([...Object.keys(fieldTable), ...release.map((entry) => entry.eventType)])) {
    const released = release.filter((entry) => entry.eventType === eventType).map(({ field }) => field);
    fieldsByType.set(eventType, compileFields(fieldsOf(eventType), released));
  }
  const unlisted = compileFields(undefined);

  return {
    payload(eventType, payload, withheld) {
      if (payload === undefined) return undefined;
      if (payload === null) return "null";
      const before = withheld.length;
      const text = redactedPayload(payload, fieldsByType.get(eventType) ?? unlisted, withheld);
      if (count && withheld.length > before) {
        const secret = withheld.slice(before).filter(({ reason }) => reason === "secret").length;
        count(fieldsOf(eventType) ? eventType : "unlisted", withheld.length - before - secret, secret);
      }
      return text;
    },
  };
}
