import type { Logger } from "pino";
import { JournalFullError, type SourceJournal } from "../journal/sourceJournal";

/** Commits; while the journal is full, or its volume takes nothing, says so once and waits for space. */
export async function commitWithBackpressure(
  commit: () => void,
  { journal, logger }: { journal: SourceJournal; logger: Logger },
  signal: AbortSignal,
): Promise<void> {
  for (let said = false; ; said = true) {
    try {
      commit();
      if (said) logger.info({}, "the journal has space again: reading goes on");
      return;
    } catch (error) {
      if (!(error instanceof JournalFullError)) throw error;
      if (!said) logger.warn({}, `${error.message}: reading waits until there is space`);
      await journal.waitForSpace(signal);
    }
  }
}
