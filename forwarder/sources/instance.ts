import type { Logger } from "pino";
import type { Configuration } from "../../contract";
import type { Journal } from "../journal/journal";
import { zitadelAccess } from "./events/access";
import { monotonicClock } from "./events/clock";
import { Retries } from "./events/retry";
import type { Source } from "./source";

/**
 * Learns whose records the journal holds, in a replica that reads no events: it asks ZITADEL once for its
 * instance and binds the journal to it. It asks at every start, so that a journal of another instance is refused;
 * where the journal knows its instance already, nothing waits for the answer.
 */
export function createInstanceSource({
  configuration,
  secrets,
  journal,
  logger,
}: {
  configuration: Configuration;
  /** Folder that the credentials' files lie in. */
  secrets: string;
  journal: Pick<Journal, "instance" | "bindInstance">;
  logger: Logger;
}): Source {
  const clock = monotonicClock;
  const retries = new Retries({ clock, logger, random: Math.random, onFailure: () => {} });
  const ready = () => journal.instance() !== undefined;
  return {
    name: "instance",
    ready,
    state: () => ({ obstacle: ready() ? undefined : retries.obstacle }),
    async run(signal) {
      const { client, connection } = zitadelAccess({ zitadel: configuration.zitadel, secrets, clock });
      try {
        const { id, version } = await retries.until(() => client.instance(signal), signal);
        logger.info({ instance: id, version }, "ZITADEL answers");
        journal.bindInstance(id);
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        await connection.close();
      }
    },
  };
}
