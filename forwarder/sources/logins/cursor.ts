import type { LoginsCheckpoint } from "../../checkpoint/checkpoint";
import type { Journal } from "../../journal/journal";
import type { LoginTable } from "../../journal/loginTable";
import { formatMicros } from "../../records/micros";
import type { JournalRecord } from "../../records/record";

/** So many checks in a row without any script's record, and the scripts are said to be silent. */
const SILENT_CHECKS = 10;

/** What the source of login checks keeps in the journal. */
export interface Cursor extends LoginsCheckpoint {
  /** Checks in a row that no script reported, and when the first of them was created. */
  unreported: number;
  unreportedFrom?: number;
}

/** The source's cursor as the journal has it. */
export class KeptCursor {
  #cursor: Readonly<Cursor>;

  constructor(
    private readonly journal: Pick<Journal, "readCursor" | "commitChecks">,
    private readonly source: string,
  ) {
    // A journal that has none, or an earlier version's, lacks some of it.
    const text = journal.readCursor(source) ?? "{}";
    this.#cursor = { unreported: 0, replicas: {}, ...JSON.parse(text) };
  }

  get cursor(): Readonly<Cursor> {
    return this.#cursor;
  }

  /** Commits another cursor, with the records and the changes to checks that belong to it. */
  keep(
    cursor: Cursor,
    records: readonly JournalRecord[] = [],
    change: (logins: LoginTable) => void = () => {},
  ): void {
    this.journal.commitChecks(this.source, records, JSON.stringify(cursor), change);
    this.#cursor = cursor;
  }
}

/** Whether checks happen and no script reports. */
export function isSilent({ unreported }: Cursor): boolean {
  return unreported >= SILENT_CHECKS;
}

/** When the first of the checks in a row that no script reported was created. */
export function unreportedSince({ unreportedFrom }: Cursor): string | undefined {
  return unreportedFrom === undefined ? undefined : formatMicros(unreportedFrom);
}

/**
 * The cursor once checks were judged, with the checks in a row counted.
 *
 * @param newestReport when the script of the newest record ran
 * @param missing creation times of the checks that no script reported
 */
export function counted(
  cursor: Cursor,
  { reported, missing, newestReport }: { reported: number; missing: number[]; newestReport?: number },
): Cursor {
  const { unreportedFrom, ...rest } = cursor;
  const newest = newestReport ?? Number.NEGATIVE_INFINITY;
  if (reported > 0 || (unreportedFrom !== undefined && newest >= unreportedFrom))
    return { ...rest, unreported: 0 };
  if (missing.length === 0) return cursor;
  return {
    ...rest,
    unreported: cursor.unreported + missing.length,
    unreportedFrom: unreportedFrom ?? Math.min(...missing),
  };
}
