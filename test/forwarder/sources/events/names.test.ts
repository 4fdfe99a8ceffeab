import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { Registry } from "prom-client";
import { afterEach, describe, expect, test } from "vitest";
import { PriorityMutex } from "../../../../forwarder/concurrency/priorityMutex";
import { createEventRecord } from "../../../../forwarder/records/eventRecord";
import { formatMicros } from "../../../../forwarder/records/micros";
import type { ZitadelEvent } from "../../../../forwarder/records/record";
import { createRedaction } from "../../../../forwarder/records/redaction/redaction";
import { Names } from "../../../../forwarder/sources/events/names";
import type { ReadEvent } from "../../../../forwarder/zitadel/event";
import type { Page, Search } from "../../../../forwarder/zitadel/search";
import { systemClock } from "../../../../local/zitadel/clock";
import { createRig, type Rig, until } from "./rig";

const redaction = createRedaction();
const START = 1_800_000_000_000_000;
const INSTANCE = "1";
const context = { instanceId: INSTANCE, observedDate: "2027-01-15T08:00:00Z" };

function read(type: string, id: string, payload: unknown = {}, micros = START): ReadEvent {
  const event: ZitadelEvent = {
    aggregate: { id, type: { type: type.split(".")[0]! }, resourceOwner: "org1" },
    sequence: "1",
    creationDate: formatMicros(micros),
    payload,
    type: { type },
  };
  return { event, createdMicros: micros };
}

const locked = (id: string) => read("user.locked", id);
const organization = read("org.added", "org1", { name: "ACME" });

/** Names on a ZITADEL that answers what the test says, and time that passes while somebody sleeps. */
function world(answer: (search: Search) => ReadEvent[] | Promise<ReadEvent[]>) {
  let now = 0;
  const searches: Search[] = [];
  const clock = {
    now: () => now,
    async sleep(millis: number, signal: AbortSignal) {
      const wakes = now + millis;
      await turn();
      signal.throwIfAborted();
      now = Math.max(now, wakes);
    },
  };
  const client = {
    async search(search: Search): Promise<Page> {
      searches.push(search);
      const events = await answer(search);
      return { events, poison: [], size: events.length, full: false };
    },
  };
  const registry = new Registry();
  const zitadelClock = { latest: () => START };
  const names = new Names({ client, clock, zitadelClock, mutex: new PriorityMutex(), registry });
  const record = names.naming((event, made) => createEventRecord(event, made, redaction));
  const end = new AbortController();
  return {
    searches,
    clock,
    pass: (millis: number) => (now += millis),
    prepare: (...events: ReadEvent[]) => names.prepare(events, INSTANCE, end.signal),
    namesOf: ({ event }: ReadEvent) => JSON.parse(record(event, context).body).names,
    async counted(result: string) {
      const { values } = await registry.getSingleMetric("zitadel_siem_names_total")!.get();
      return values.find(({ labels }) => labels.result === result)?.value ?? 0;
    },
  };
}

/** A ZITADEL in which user u7 is called name-u7. */
const answering = ({ filter }: Search) =>
  filter.aggregateTypes?.[0] === "org"
    ? [organization]
    : [read("user.human.added", filter.aggregateId!, { userName: `name-${filter.aggregateId}` }, START - 5)];
const never = () => new Promise<ReadEvent[]>(() => {});

describe("names", () => {
  test("are asked for once and put on the record beside the event", async () => {
    const { prepare, namesOf, searches, counted } = world(answering);
    await prepare(locked("u7"), locked("u7"));
    const named = {
      user: { id: "u7", userName: "name-u7" },
      organization: { id: "org1", name: "ACME" },
    };
    expect(namesOf(locked("u7"))).toEqual(named);
    await prepare(locked("u7"));
    expect(searches.map(({ filter }) => [filter.aggregateTypes, filter.aggregateId])).toEqual([
      [["user"], "u7"],
      [["org"], "org1"],
    ]);
    expect([await counted("asked"), await counted("remembered")]).toEqual([2, 2]);
  });

  test("are taken from the events that are read anyway, the newest whatever their order", async () => {
    const changes = fc.array(fc.record({ at: fc.nat(20), id: fc.constantFrom("a", "b") }), {
      minLength: 1,
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(changes, async (made) => {
        const { prepare, namesOf, searches } = world(answering);
        const newest = new Map<string, number>();
        for (const { at, id } of made) {
          newest.set(id, Math.max(at, newest.get(id) ?? 0));
          await prepare(organization, read("user.username.changed", id, { userName: `n${at}` }, START + at));
        }
        for (const [id, at] of newest) expect(namesOf(locked(id)).user.userName).toBe(`n${at}`);
        expect(searches).toEqual([]);
      }),
    );
  });

  test("hold up a page half a second at most, and pages together a tenth of the time", async () => {
    const { prepare, namesOf, clock, pass, counted } = world(never);
    await prepare(locked("u0"));
    expect(clock.now()).toBe(500);
    expect(namesOf(locked("u0"))).toBeUndefined();
    let held = 0;
    for (let n = 1; n <= 100; n += 1) {
      pass(100);
      const before = clock.now();
      await prepare(locked(`u${n}`));
      held += clock.now() - before;
    }
    expect(held).toBeGreaterThan(500);
    expect(held).toBeLessThanOrEqual(0.1 * clock.now());
    expect(await counted("left out")).toBe(202);
  });

  test("are asked for within a budget", async () => {
    const { prepare, searches, pass } = world(answering);
    const page = (from: number) => Array.from({ length: 200 }, (_, index) => locked(`u${from + index}`));
    await prepare(...page(0));
    await prepare(...page(200));
    expect(searches.length).toBe(50);
    pass(1000);
    await prepare(...page(400));
    expect(searches.length).toBe(60);
  });

  test("are left out, with a pause, when ZITADEL does not tell", async () => {
    const { prepare, searches, pass, namesOf, counted } = world(() => Promise.reject(new Error("no")));
    await prepare(locked("u1"), locked("u2"));
    await prepare(locked("u3"));
    expect([searches.length, await counted("failed")]).toEqual([1, 1]);
    expect(namesOf(locked("u1"))).toBeUndefined();
    pass(10_000);
    await prepare(locked("u3"));
    expect(searches.length).toBe(2);
  });

  test("are asked for again after an hour, and are kept where nothing is found then", async () => {
    let gone = false;
    const { prepare, searches, pass, namesOf } = world((search) => (gone ? [] : answering(search)));
    await prepare(locked("u1"));
    gone = true;
    pass(3_600_001);
    await prepare(locked("u1"), locked("u2"));
    expect(searches.length).toBe(5);
    expect(namesOf(locked("u1")).user.userName).toBe("name-u1");
    expect(namesOf(locked("u2")).user).toBeUndefined();
  });

  test("that are remembered are bounded: those that were not used for longest are forgotten", async () => {
    const { prepare, searches } = world(answering);
    const added = (n: number) => read("user.human.added", `u${n}`, { userName: `n${n}` });
    await prepare(organization);
    for (let n = 0; n < 20_000; n += 500)
      await prepare(...Array.from({ length: 500 }, (_, index) => added(n + index)));
    await prepare(locked("u1"), locked("u19999"));
    expect(searches).toEqual([]);
    await prepare(locked("u0"));
    expect(searches.map(({ filter }) => filter.aggregateId)).toEqual(["u0"]);
  });

  test("are without secrets", async () => {
    const { prepare, namesOf } = world(() => []);
    const secret = "$2a$14$5cVoJ5yzgkx0AAwW8.LqaqVYP/47vZczq7TYWsJ0JgjIHKdi";
    await prepare(organization, read("user.username.changed", "u1", { userName: secret }));
    expect(namesOf(locked("u1"))).toEqual({ organization: { id: "org1", name: "ACME" } });
  });
});

describe("names, asked of a server", () => {
  let rig: Rig;
  afterEach(() => rig.close());

  test("are those of users and organizations older than the reading", async () => {
    rig = await createRig();
    const { zitadel } = rig;
    const { users, administrator, store, organizationId } = zitadel;
    const person = { userName: "ada", firstName: "Ada", lastName: "Lovelace", email: "ada@example.com" };
    const { aggregateId } = await users.addHuman(administrator, person);
    const startFrom = formatMicros(systemClock.now() + 1);
    await until(() => formatMicros(systemClock.now()) > startFrom);
    const about = { aggregateType: "user", aggregateId, resourceOwner: organizationId };
    await store.push([{ ...about, eventType: "user.locked" }]);
    const run = rig.start({ events: { startFrom, enrichment: { names: true } } });
    await until(() => run.records().length > 0);
    const [record] = run.records() as { names?: object; event: ZitadelEvent }[];
    expect(record?.event.type.type).toBe("user.locked");
    expect(record?.names).toMatchObject({ user: { id: aggregateId, userName: "ada" } });
    expect(record?.names).toHaveProperty("organization.name");
  });
});
