import { systemClock } from "../../local/zitadel/clock";
import { startZitadel, type Zitadel } from "../../local/zitadel/server";
import { trafficHistory } from "../../local/zitadel/traffic";
import { SteadyWriters } from "./steadyWriters";
import { serve } from "./workerProcess";

/** The ZITADEL stand-in of the bench, as a process: it pages as slowly as a real server. */
let zitadel: Zitadel;
let writers: SteadyWriters | undefined;
const searches: Searches = { pages: 0, events: 0, firstAt: 0, lastAt: 0 };

/** Searches that were answered since they were last counted afresh; times in microseconds since 1970. */
export interface Searches {
  pages: number;
  events: number;
  firstAt: number;
  lastAt: number;
}

/**
 * A real ZITADEL 4.13.1 with PostgreSQL gave 6,800 events/s to one connection that read closed windows one
 * after another. Milliseconds.
 */
const pageMillis = (events: number) => 5 + events * 0.142;

const calls = {
  async start({ database, commitDelay }: { database: string; commitDelay: number }) {
    zitadel = await startZitadel({
      database,
      commitDelay,
      pageLatency: (events) => {
        const now = systemClock.now();
        searches.pages += 1;
        searches.events += events;
        searches.firstAt ||= now;
        searches.lastAt = now;
        return pageMillis(events);
      },
    });
    const { issuer, adminKey, administrator, users } = zitadel;
    const [, { token }] = await users.addPersonalAccessToken(administrator, adminKey.userId);
    return { issuer, adminKey, token };
  },

  /** Loads a history; times in microseconds since 1970. */
  load({ events, from, until }: { events: number; from: number; until: number }): number {
    return zitadel.store.load(trafficHistory(zitadel, 1, events, from, until));
  },

  /** The searches since they were last counted afresh. */
  searches(_: undefined): Searches {
    return searches;
  },

  countAfresh(_: undefined): void {
    Object.assign(searches, { pages: 0, events: 0, firstAt: 0, lastAt: 0 });
  },

  write({ eventsPerSecond, writers: count }: { eventsPerSecond: number; writers: number }): void {
    writers = new SteadyWriters(zitadel, eventsPerSecond, count);
  },

  /** Stops the writers; how long they waited because of reads since they began. */
  async stopWriting(_: undefined) {
    const stopped = writers!;
    writers = undefined;
    return stopped.stop();
  },
};

export type ZitadelCalls = typeof calls;
serve(calls);
