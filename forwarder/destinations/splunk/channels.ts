import { channelId } from "./request";

/** A channel of the HTTP Event Collector and the session that a load balancer keeps for it. */
export class Channel {
  readonly #cookies = new Map<string, string>();

  constructor(readonly id: string) {}

  /** The headers that lead a request to the indexer that has the channel's acknowledgements. */
  headers(): Record<string, string> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    return { "x-splunk-request-channel": this.id, ...(cookie !== "" && { cookie }) };
  }

  /** Keeps what `set-cookie` says, for as long as this process runs. */
  keep(cookies: readonly string[]): void {
    for (const cookie of cookies) {
      const [, name, value] = /^\s*([^=;]+)=([^;]*)/.exec(cookie) ?? [];
      if (name !== undefined && value !== undefined) this.#cookies.set(name.trim(), value.trim());
    }
  }
}

/**
 * A destination's channels, each for one batch at a time. The ids of acknowledgements count up within a channel
 * and begin again when Splunk restarts: with two batches on one channel the id of the later one could then be
 * taken for that of the earlier one, which is lost. With one, only the newest id is ever asked for.
 */
export class Channels {
  readonly #free: Channel[] = [];
  #made = 0;

  constructor(
    private readonly journalId: string,
    private readonly destination: string,
  ) {}

  async use<T>(work: (channel: Channel) => Promise<T>): Promise<T> {
    const channel =
      this.#free.pop() ?? new Channel(channelId(this.journalId, this.destination, this.#made++));
    try {
      return await work(channel);
    } finally {
      this.#free.push(channel);
    }
  }
}
