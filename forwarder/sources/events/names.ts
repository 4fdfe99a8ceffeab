import type { Counter, Registry } from "prom-client";
import type { PriorityMutex } from "../../concurrency/priorityMutex";
import { ConditionVariable, untilAborted } from "../../concurrency/waiting";
import { type Named, namedBy, nameGiven, namingTypes, withNames } from "../../records/names";
import type { EventsClient } from "../../zitadel/client";
import type { MonotonicClock, ZitadelClock } from "../../zitadel/clock";
import type { ReadEvent } from "../../zitadel/event";
import { TokenBucket } from "../tokenBucket";
import { createNamesMetric } from "./metrics";
import type { CreateRecord } from "./reading";

/** Names that are remembered at most, and questions that wait at most. */
const MOST_NAMES = 20_000;
const MOST_WAITING = 1_000;
/** A name is asked for again after an hour, and one that was not found after five minutes. Milliseconds. */
const AGE_MILLIS = 3_600_000;
const UNKNOWN_MILLIS = 300_000;
/** A page waits for names so long at most, and pages together no more than this share of the time. */
const HOLD_MILLIS = 500;
const HOLD_SHARE = 0.1;
/** Questions in a second, and at once after a pause. */
const PER_SECOND = 10;
const BURST = 50;
/** How long a question may take, and the pause after one that failed. Milliseconds. */
const QUESTION_MILLIS = 1_000;
const PAUSE_MILLIS = 10_000;

interface Known {
  name: string | undefined;
  /** When the event that gave the name was created; microseconds. */
  givenMicros: number;
  /** Our milliseconds. */
  until: number;
}

export interface NamesOptions {
  client: Pick<EventsClient, "search">;
  clock: MonotonicClock;
  zitadelClock: Pick<ZitadelClock, "latest">;
  /** Held for each request, so that there is one reader at ZITADEL at a time. */
  mutex: PriorityMutex;
  registry: Registry;
}

/**
 * Names of organizations and users, for records. A name is taken from the newest event that gave it: from those that
 * are read anyway, else by asking the Events API for it, which the reader's role allows. Questions are asked one after
 * the other, within a budget; a page of events waits for them a little and then goes without, and what comes later is
 * there for the next page. A name that is not there is left out: no record is late or lost for it.
 */
export class Names {
  private readonly known = new Map<string, Known>();
  private readonly waiting = new Map<string, Named>();
  private readonly counted: Counter<"result">;
  private working = false;
  /** In milliseconds. */
  private readonly hold = new TokenBucket(1_000 * HOLD_SHARE, HOLD_MILLIS);
  private readonly questions = new TokenBucket(PER_SECOND, BURST);
  private pausedUntil = Number.NEGATIVE_INFINITY;
  /** A question was answered, or no more are asked for now. */
  private readonly changed = new ConditionVariable();

  constructor(private readonly options: NamesOptions) {
    this.counted = createNamesMetric(options.registry);
  }

  /** Makes records with the names that are known. */
  naming(createRecord: CreateRecord): CreateRecord {
    return (event, context) => {
      const record = createRecord(event, context);
      const about = namedBy(event, context.instanceId);
      return { ...record, body: withNames(record.body, about, (named) => this.name(named)) };
    };
  }

  /** Finds names for a page, as far as that can be done in time. Rejects only with the signal's reason. */
  async prepare(events: readonly ReadEvent[], instanceId: string, signal: AbortSignal): Promise<void> {
    const { clock } = this.options;
    for (const read of events) this.learn(read);
    const asked = new Map<string, Named>();
    for (const { event } of events)
      for (const named of namedBy(event, instanceId)) asked.set(keyOf(named), named);
    const unknown = [...asked].filter(([key]) => !this.used(key));
    this.counted.inc({ result: "remembered" }, asked.size - unknown.length);
    for (const [key, named] of unknown) if (this.waiting.size < MOST_WAITING) this.waiting.set(key, named);
    void this.work(signal);
    const startedAt = clock.now();
    const patience = this.hold.left(startedAt);
    const open = () => unknown.filter(([key]) => !this.fresh(key)).length;
    while (this.working && open() > 0) {
      const left = patience - (clock.now() - startedAt);
      if (left < 1) break;
      const enough = new AbortController();
      const ended = AbortSignal.any([signal, enough.signal]);
      await untilAborted(Promise.race([this.changed.wait(ended), clock.sleep(left, ended)]), signal);
      enough.abort();
      signal.throwIfAborted();
    }
    this.hold.take(clock.now(), Math.min(patience, clock.now() - startedAt));
    this.counted.inc({ result: "asked" }, unknown.length - open());
    this.counted.inc({ result: "left out" }, open());
  }

  private name(named: Named): string | undefined {
    return this.known.get(keyOf(named))?.name;
  }

  /** Whether a name needs no question; what is used is forgotten last. */
  private used(key: string): boolean {
    const known = this.known.get(key);
    if (known === undefined || !this.fresh(key)) return false;
    this.known.delete(key);
    this.known.set(key, known);
    return true;
  }

  private fresh(key: string): boolean {
    const known = this.known.get(key);
    return known !== undefined && known.until > this.options.clock.now();
  }

  /** Takes a name from an event that gives one, unless a newer one is known. */
  private learn({ event, createdMicros }: ReadEvent): void {
    const given = nameGiven(event);
    if (given) this.remember(keyOf(given), given.name, createdMicros);
  }

  private remember(key: string, name: string | undefined, givenMicros: number): void {
    const before = this.known.get(key);
    if (before && before.givenMicros > givenMicros) return;
    this.known.delete(key);
    const age = name === undefined ? UNKNOWN_MILLIS : AGE_MILLIS;
    this.known.set(key, { name, givenMicros, until: this.options.clock.now() + age });
    for (const oldest of this.known.keys()) {
      if (this.known.size <= MOST_NAMES) break;
      this.known.delete(oldest);
    }
  }

  /** Asks what waits, one after the other; ends when nothing is left, the budget is used up or a question fails. */
  private async work(signal: AbortSignal): Promise<void> {
    if (this.working) return;
    this.working = true;
    try {
      for (const [key, named] of this.waiting) {
        const now = this.options.clock.now();
        if (signal.aborted || now < this.pausedUntil || !this.questions.take(now)) break;
        this.waiting.delete(key);
        await this.ask(named, signal);
        this.changed.notifyAll();
      }
    } catch {
      this.counted.inc({ result: "failed" });
      this.pausedUntil = this.options.clock.now() + PAUSE_MILLIS;
    } finally {
      this.working = false;
      this.changed.notifyAll();
    }
  }

  private async ask(named: Named, signal: AbortSignal): Promise<void> {
    const { client, mutex, zitadelClock } = this.options;
    const filter = {
      aggregateTypes: [named.kind],
      aggregateId: named.id,
      eventTypes: [...namingTypes[named.kind].types],
    };
    const search = { fromMicros: 1, toMicros: zitadelClock.latest(), filter, newestFirst: true, limit: 10 };
    const { events } = await mutex.run(false, () => client.search(search, signal, QUESTION_MILLIS));
    for (const read of events) this.learn(read);
    const key = keyOf(named);
    if (!this.fresh(key))
      this.remember(key, this.known.get(key)?.name, this.known.get(key)?.givenMicros ?? 0);
  }
}

function keyOf({ kind, id }: Named): string {
  return `${kind}/${id}`;
}
