import { setTimeout as delay } from "node:timers/promises";
import type { NewEvent } from "./eventTable";
import type { Zitadel } from "./server";
import { TrafficEvents } from "./trafficEvents";

export interface TrafficOptions {
  /** The same seed makes the same traffic, times apart. */
  seed: number;
  eventsPerSecond: number;
  /** Writers that push side by side, default 1; each has a seed of its own, counted up from `seed`. */
  writers?: number;
  /** No checks of passwords, where people sign in beside it (see startLogins). */
  withoutChecks?: boolean;
}

/** Traffic that is being written. */
export interface Traffic {
  /** Events written so far. */
  readonly written: number;
  /** Resolves when the last push is committed; rejects if a push failed. */
  stop(): Promise<void>;
}

/** Writes events at a steady rate until it is stopped. */
export function startTraffic(zitadel: Zitadel, options: TrafficOptions): Traffic {
  const { seed, eventsPerSecond, writers = 1, withoutChecks } = options;
  const stopped = new AbortController();
  let written = 0;
  const write = async (writer: number) => {
    const events = trafficEvents(zitadel, seed + writer, withoutChecks);
    const startedAt = performance.now();
    for (let own = 0; !stopped.signal.aborted; ) {
      const push = await zitadel.store.push(events.next());
      own += push.length;
      written += push.length;
      const due = startedAt + (own * writers * 1000) / eventsPerSecond;
      await delay(Math.max(due - performance.now(), 0), undefined, { signal: stopped.signal }).catch(
        () => undefined,
      );
    }
  };
  const running = Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  // A failed writer is reported by stop(), not as an unhandled rejection.
  running.catch(() => stopped.abort());
  return {
    get written() {
      return written;
    },
    stop: async () => {
      stopped.abort();
      await running;
    },
  };
}

/**
 * A history for `store.load`: so many events, evenly spread over a time.
 * @param from microseconds since 1970 @param until microseconds since 1970
 */
export function* trafficHistory(
  zitadel: Zitadel,
  seed: number,
  count: number,
  from: number,
  until: number,
): Generator<{ createdAt: number; events: NewEvent[] }> {
  const traffic = trafficEvents(zitadel, seed);
  for (let written = 0; written < count; ) {
    const events = traffic.next().slice(0, count - written);
    yield { createdAt: Math.floor(from + ((until - from) * written) / count), events };
    written += events.length;
  }
}

function trafficEvents(zitadel: Zitadel, seed: number, withoutChecks?: boolean): TrafficEvents {
  const { instanceId, organizationId, adminKey } = zitadel;
  const administratorId = adminKey.userId;
  return new TrafficEvents({ seed, instanceId, organizationId, administratorId, withoutChecks });
}
