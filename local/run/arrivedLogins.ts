import type { LoginRecordBody } from "../../forwarder/records/record";

/** The key under which a login check among the events and the record that an Action made of it find each other. */
export function loginKey(authRequest: string, outcome: string): string {
  return `${authRequest} ${outcome}`;
}

/** The login records that have arrived. Replicas may deliver one record each, under the same id. */
export class ArrivedLogins {
  readonly #sources = new Map<string, Set<string>>();
  readonly #keys = new Set<string>();
  /** Arrivals of a record from one source beyond its first. */
  duplicates = 0;

  take({ id, source, login }: LoginRecordBody): void {
    const sources = this.#sources.get(id) ?? new Set();
    if (sources.has(source)) this.duplicates += 1;
    this.#sources.set(id, sources.add(source));
    // A record that was made from the event itself shows of no Action that it ran.
    if (source !== "events") this.#keys.add(loginKey(login.authRequest ?? "", login.outcome ?? ""));
  }

  /** Creation times (microseconds) of those checks whose record has not arrived. */
  undelivered(checks: ReadonlyMap<string, number>): number[] {
    return [...checks].filter(([key]) => !this.#keys.has(key)).map(([, created]) => created);
  }

  /** Records, and those of them that came from both sources. */
  count(): { records: number; twice: number } {
    const sources = [...this.#sources.values()];
    return { records: sources.length, twice: sources.filter(({ size }) => size > 1).length };
  }
}
