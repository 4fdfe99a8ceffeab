import type { Outcome, OutgoingRecord } from "./destination";

/** Records in as few parts as have at most `maxBytes`, in their order; one that alone is larger goes alone. */
export function cutParts(
  records: readonly OutgoingRecord[],
  bytesOf: (record: OutgoingRecord) => number,
  maxBytes: number,
): OutgoingRecord[][] {
  const parts: OutgoingRecord[][] = [];
  let total = 0;
  for (const record of records) {
    const bytes = bytesOf(record);
    const part = parts.at(-1);
    if (part && total + bytes <= maxBytes) {
      part.push(record);
      total += bytes;
    } else {
      parts.push([record]);
      total = bytes;
    }
  }
  return parts;
}

/**
 * Delivers a batch's parts one after another and says what became of the whole. A batch grows on its way into a
 * destination's format; nearly always it is one part all the same.
 */
export async function deliverParts(
  parts: readonly (readonly OutgoingRecord[])[],
  deliver: (records: readonly OutgoingRecord[]) => Promise<Outcome>,
): Promise<Outcome> {
  for (const [index, part] of parts.entries()) {
    const outcome = await deliver(part);
    if (outcome.kind === "acknowledged") continue;
    if (index === 0 && outcome.kind !== "divided") return outcome;
    const { ids, ...wait } =
      outcome.kind === "divided" ? outcome.retry : { ids: idsOf([part]), ...waitOf(outcome) };
    return {
      kind: "divided",
      refused: outcome.kind === "divided" ? outcome.refused : new Map(),
      retry: { ...wait, ids: new Set([...ids, ...idsOf(parts.slice(index + 1))]) },
    };
  }
  return { kind: "acknowledged" };
}

function idsOf(parts: readonly (readonly OutgoingRecord[])[]): string[] {
  return parts.flat().map(({ id }) => id);
}

function waitOf(outcome: Exclude<Outcome, { kind: "acknowledged" | "divided" }>) {
  return { reason: outcome.reason, afterMillis: outcome.kind === "retry" ? outcome.afterMillis : undefined };
}
