import { pause } from "../../concurrency/waiting";
import type { Journal } from "../../journal/journal";
import { REPORT_MICROS } from "../../journal/loginTable";
import type { Source } from "../source";

/** How often records are forgotten. Milliseconds. */
const FORGET_MILLIS = 60_000;

/**
 * Forgets, in a replica that reads no events, which login records came: ordinal 0 asks for those of the last minutes
 * only.
 */
export function forgettingSource(journal: Pick<Journal, "logins">): Source {
  return {
    name: "logins",
    ready: () => true,
    state: () => ({}),
    async run(signal) {
      while (!signal.aborted) {
        journal.logins.forget(Date.now() * 1000 - REPORT_MICROS);
        await pause(FORGET_MILLIS, signal);
      }
    },
  };
}
