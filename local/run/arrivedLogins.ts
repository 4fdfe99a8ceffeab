import type { LoginRecordBody } from "../../forwarder/records/record";

/** The key under which a login check among the events and the record that an Action made of it find each other. */
export function loginKey(authRequest: string, outcome: string): string {
  return `${authRequest} ${outcome}`;
}

/** The login records that have arrived. Replicas may deliver one record each, under the same id. */
export class ArrivedLogins {
  readonly #roads = new Map<string, Set<string>>();
  readonly #keys = new Set<string>();
  /** Arrivals of a record by one road beyond its first. */
  duplicates = 0;

  take({ id, road, login }: LoginRecordBody): void {
    const roads = this.#roads.get(id) ?? new Set();
    if (roads.has(road)) this.duplicates += 1;
    this.#roads.set(id, roads.add(road));
    // A record that was made from the event itself shows of no Action that it ran.
    if (road !== "events") this.#keys.add(loginKey(login.authRequest ?? "", login.outcome ?? ""));
  }

  /** Creation times (microseconds) of those checks whose record has not arrived. */
  undelivered(checks: ReadonlyMap<string, number>): number[] {
    return [...checks].filter(([key]) => !this.#keys.has(key)).map(([, created]) => created);
  }

  /** Records, and those of them that came by both roads. */
  count(): { records: number; twice: number } {
    const roads = [...this.#roads.values()];
    return { records: roads.length, twice: roads.filter(({ size }) => size > 1).length };
  }
}
