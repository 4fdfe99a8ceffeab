/** What the table says about the payload of one event type. */
export interface EventFields {
  /** Leave, after the net. */
  readonly leaves: readonly string[];
  /** Known and no secret, but withheld unless configuration releases it: bulky, or of no use to an audit. */
  readonly withheld: readonly string[];
  /** Never leave, and cannot be released. */
  readonly secret: readonly string[];
}

/** Event types of one or a few aggregates and what may leave of their payloads. */
export type FieldTable = Readonly<Record<string, EventFields>>;

/**
 * The fields of a payload, each list a text with spaces between. A field is a path of names joined by dots
 * (`user_agent.ip`); it names a string, number, boolean or null, or a list of them, never a whole object.
 * A path goes through lists: `keys.id` is the `id` of every element of `keys`.
 */
export function fields(leaves: string, others: { withheld?: string; secret?: string } = {}): EventFields {
  return { leaves: words(leaves), withheld: words(others.withheld), secret: words(others.secret) };
}

/** A payload without fields. */
export const empty = fields("");

/** The fields of several payloads in one. */
export function joined(...parts: readonly EventFields[]): EventFields {
  return {
    leaves: [...new Set(parts.flatMap((part) => part.leaves))],
    withheld: [...new Set(parts.flatMap((part) => part.withheld))],
    secret: [...new Set(parts.flatMap((part) => part.secret))],
  };
}

/** The same fields for several event types: `prefix` and each of the endings. */
export function each(prefix: string, endings: string, same: EventFields): FieldTable {
  return Object.fromEntries(words(endings).map((ending) => [prefix + ending, same]));
}

function words(text = ""): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
