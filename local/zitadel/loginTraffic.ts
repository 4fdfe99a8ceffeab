import { setTimeout as delay } from "node:timers/promises";
import type { Zitadel } from "./server";
import { mulberry32 } from "./trafficEvents";

export interface LoginTrafficOptions {
  /** The same seed makes the same attempts. */
  seed: number;
  loginsPerSecond: number;
  /** So many attempts are made at once at the beginning, default 1; the first four are one of each kind. */
  atOnce?: number;
  /** Default 20. */
  people?: number;
}

/** How people try to sign in. */
export type LoginKind = "right" | "wrong" | "unknown" | "external";

/** People that sign in. */
export interface LoginTraffic {
  /** Attempts that have ended, by kind; all but the unknown ones are records where Actions report them. */
  readonly attempts: Readonly<Record<LoginKind, number>>;
  /** Resolves when the last attempt has ended; rejects if one could not be made. */
  stop(): Promise<void>;
}

/** In turn. */
const KINDS: LoginKind[] = [
  "right",
  "wrong",
  "unknown",
  "external",
  "right",
  "right",
  "wrong",
  "right",
  "right",
];
const PROVIDER = { id: "400717690106280001", externalUserId: "subject-4711" };

/** Adds people, and lets them sign in at a steady rate, right, wrong, unknown and external, until it is stopped. */
export function startLogins(zitadel: Zitadel, options: LoginTrafficOptions): LoginTraffic {
  const { seed, loginsPerSecond, atOnce = 1, people = 20 } = options;
  const attempts: Record<LoginKind, number> = { right: 0, wrong: 0, unknown: 0, external: 0 };
  const stopped = new AbortController();
  const random = mulberry32(seed);
  const below = (count: number) => Math.floor(random() * count);
  const nameOf = (person: number) => `person.${seed}.${person}`;

  const attempt = async (kind: LoginKind) => {
    const known = nameOf(below(people));
    const forwardedFor = `203.0.113.${1 + below(254)}`;
    await zitadel.signIn({
      loginName: kind === "unknown" ? `nobody.${below(1000)}` : known,
      forwardedFor,
      ...(kind === "wrong" && { password: "wrong" }),
      ...(kind === "external" && { identityProvider: PROVIDER }),
    });
    attempts[kind] += 1;
  };
  const run = async () => {
    for (let person = 0; person < people; person++) {
      const userName = nameOf(person);
      const fields = {
        userName,
        firstName: "Person",
        lastName: String(person),
        email: `${userName}@example.test`,
      };
      await zitadel.users.addHuman(zitadel.administrator, fields);
    }
    const underWay = new Set<Promise<void>>();
    const startedAt = performance.now();
    for (let made = 1; !stopped.signal.aborted; made++) {
      const one = attempt(KINDS[(made - 1) % KINDS.length]!).finally(() => underWay.delete(one));
      one.catch(() => stopped.abort());
      underWay.add(one);
      const due = startedAt + (Math.max(0, made - atOnce + 1) * 1000) / loginsPerSecond;
      const pause = Math.max(due - performance.now(), 0);
      await delay(pause, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
    await Promise.all(underWay);
  };
  const running = run();
  running.catch(() => undefined); // reported by stop()
  return {
    attempts,
    stop: async () => {
      stopped.abort();
      await running;
    },
  };
}
