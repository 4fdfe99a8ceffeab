import type { Outcome, OutgoingRecord } from "../destinations/destination";
import type { DeadLetter } from "../journal/deadLetters";

/** What became of a batch's records when the destination answered record by record. */
export interface Division {
  delivered: number;
  refused: DeadLetter[];
  retry: OutgoingRecord[];
}

/** Sorts a batch's records by a destination's answers; a record both refused and to be retried counts as refused. */
export function divide(
  records: readonly OutgoingRecord[],
  { refused, retry }: Extract<Outcome, { kind: "divided" }>,
): Division {
  const division: Division = { delivered: 0, refused: [], retry: [] };
  for (const record of records) {
    const reason = refused.get(record.id);
    if (reason !== undefined) division.refused.push({ ...record, reason });
    else if (retry.ids.has(record.id)) division.retry.push(record);
    else division.delivered += 1;
  }
  return division;
}
