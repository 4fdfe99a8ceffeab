import type { Logger } from "pino";
import type { Configuration } from "../../contract";
import type { Journal } from "../journal/journal";
import { zitadelAccess } from "../zitadel/access";
import { monotonicClock } from "../zitadel/clock";
import { Retries } from "../zitadel/retry";
import type { Source, SourceState } from "./source";

/**
 * Learns whose records the journal holds, in a replica that reads no events: it asks ZITADEL once for its
 * instance and binds the journal to it. It asks at every start, so that a journal of another instance is refused;
 * where the journal knows its instance already, nothing waits for the answer.
 */
export class InstanceSource implements Source {
  readonly name = "instance";
  readonly #clock = monotonicClock;
  readonly #retries: Retries;

  /** @param secrets folder that the credentials' files lie in */
  constructor(
    private readonly zitadel: Configuration["zitadel"],
    private readonly secrets: string,
    private readonly journal: Pick<Journal, "instance" | "bindInstance">,
    private readonly logger: Logger,
  ) {
    const clock = this.#clock;
    this.#retries = new Retries({ clock, logger, random: Math.random, onFailure: () => {} });
  }

  async run(signal: AbortSignal): Promise<void> {
    const { zitadel, secrets } = this;
    const { client, connection } = zitadelAccess({ zitadel, secrets, clock: this.#clock });
    try {
      const { id, version } = await this.#retries.until(() => client.instance(signal), signal);
      this.logger.info({ instance: id, version }, "ZITADEL answers");
      this.journal.bindInstance(id);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      await connection.close();
    }
  }

  state(): SourceState {
    return { fault: this.ready() ? undefined : this.#retries.fault };
  }

  ready(): boolean {
    return this.journal.instance() !== undefined;
  }
}
