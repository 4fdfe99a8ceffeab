import type { Logger } from "pino";
import { RangeClippedError, type RangeReader } from "../../journal/sourceJournal";
import { formatMicros } from "../../records/micros";
import type { JournalRecord } from "../../records/record";

/** So much is read before the checks of it are judged. */
const MOST_CHECKS = 5_000;
const MOST_PAGES = 100;

/**
 * The checks at the beginning of a range whose checks are judged again, read again from ZITADEL, and up to where these
 * are all. What cannot be read now is left for another time; what ZITADEL no longer holds is passed and said.
 */
export async function readChecksAgain(
  range: { fromMicros: number; toMicros: number },
  ranges: Pick<RangeReader, "read">,
  logger: Logger,
  signal: AbortSignal,
): Promise<{ checks: JournalRecord[]; throughMicros: number }> {
  const checks: JournalRecord[] = [];
  let throughMicros = range.fromMicros;
  let pages = 0;
  try {
    for await (const page of ranges.read(range, signal)) {
      // A check holds its record; the event's own is with the lanes already.
      for (const record of page.records) if (record.check) checks.push({ ...record, body: "" });
      throughMicros = page.throughMicros;
      pages += 1;
      if (checks.length >= MOST_CHECKS || pages >= MOST_PAGES) return { checks, throughMicros };
    }
    return { checks, throughMicros: range.toMicros };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof RangeClippedError)) {
      const kind = error instanceof Error ? error.name : "unknown";
      logger.warn({ error: kind }, "login checks could not be read again; trying later");
      return { checks, throughMicros };
    }
    const { fromMicros, heldFromMicros } = error;
    logger.error(
      { from: formatMicros(fromMicros), heldFrom: formatMicros(heldFromMicros) },
      "ZITADEL no longer holds events whose login checks were to be judged again: of those logins only what was delivered is known",
    );
    return { checks, throughMicros: Math.min(heldFromMicros, range.toMicros) };
  }
}
