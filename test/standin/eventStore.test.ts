import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { AdjustableClock } from "../../local/zitadel/clock";
import { EventStore } from "../../local/zitadel/eventStore";
import type { NewEvent } from "../../local/zitadel/eventTable";
import type { EventFilter } from "../../local/zitadel/search";
import { temporaryFolder } from "../forwarder/journal/records";

const START = 1_795_341_760_000_000;
const SECOND = 1_000_000;
const EVERYTHING: EventFilter = { ascending: true, limit: 1000, eventTypes: [], aggregateTypes: [] };

function locked(userId: string): NewEvent {
  return { aggregateType: "user", aggregateId: userId, eventType: "user.locked", resourceOwner: "10" };
}

function newStore(beforeLock = false) {
  const clock = new AdjustableClock(START, 0);
  return { clock, store: new EventStore({ clock, beforeLock }) };
}

async function seen(store: EventStore): Promise<string[]> {
  return (await store.search(EVERYTHING)).map((row) => row.aggregate_id);
}

/** Whether a promise is settled once everything that can go on has gone on. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  const note = () => {
    done = true;
  };
  promise.then(note, note);
  await new Promise((resolve) => setImmediate(resolve));
  return done;
}

describe("4.2 and later", () => {
  test("a read waits until open pushes are committed, and then shows them", async () => {
    const { store } = newStore();
    const push = await store.begin();
    await push.push([locked("1")]);
    const read = seen(store);
    expect(await settled(read)).toBe(false);
    push.commit();
    expect(await read).toEqual(["1"]);
  });

  test("a push that comes while a read waits queues behind it, with the time at which it came", async () => {
    const { clock, store } = newStore();
    const open = await store.begin();
    await open.push([locked("1")]);
    const read = seen(store);
    clock.jump(1);
    const queued = store.push([locked("2")]);
    expect(await settled(queued)).toBe(false);
    clock.jump(SECOND);
    open.commit();
    expect(await read).toEqual(["1"]);
    expect((await queued)[0]!.createdAt).toBe(START + 1);
    expect(await seen(store)).toEqual(["1", "2"]);
    expect(store.waits).toMatchObject({ pushesThatWaited: 1, readsThatWaited: 1 });
  });

  test("an event bears the time of its statement, not of its transaction's start or end", async () => {
    const { clock, store } = newStore();
    const push = await store.begin();
    clock.jump(5 * SECOND);
    await push.push([locked("1")]);
    clock.jump(5 * SECOND);
    expect(push.commit()[0]).toMatchObject({ createdAt: START + 5 * SECOND, position: START + 5 * SECOND });
  });
});

describe("before 4.2", () => {
  test("an event bears the time at which its transaction began and appears late", async () => {
    const { clock, store } = newStore(true);
    const late = await store.begin();
    clock.jump(600 * SECOND);
    await late.push([locked("1")]);
    late.commit();
    const [event] = await store.search(EVERYTHING);
    expect(event).toMatchObject({ created_at: START, position: START + 600 * SECOND });
  });

  test("reads do not wait, and hide what is newer than the oldest open transaction, by whomever", async () => {
    const { clock, store } = newStore(true);
    await store.push([locked("1")]);
    clock.jump(1);
    const late = await store.begin();
    clock.jump(1);
    await store.push([locked("2")]);
    expect(await seen(store)).toEqual(["1"]);
    await late.push([locked("3")]);
    late.commit();
    expect(await seen(store)).toEqual(["1", "2", "3"]);
  });
});

describe("pushes", () => {
  test("events of one push share one creation time and keep their order", async () => {
    const { store } = newStore();
    const events = Array.from({ length: 1500 }, () => locked("1"));
    const stored = await store.push(events);
    expect(new Set(stored.map((event) => event.createdAt))).toEqual(new Set([START]));
    const page = await store.search({ ...EVERYTHING, since: START - 1, until: START + 1 });
    expect(page.map((row) => row.sequence)).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1));
    const rest = await store.search({ ...EVERYTHING, aggregateId: "1", sequence: 1000 });
    expect(rest.map((row) => row.sequence)).toEqual(Array.from({ length: 500 }, (_, index) => index + 1001));
  });

  test("a push to an aggregate of an open one waits for its end", async () => {
    const { store } = newStore();
    const open = await store.begin();
    await open.push([locked("1")]);
    const waiting = store.push([locked("1")]);
    expect(await settled(waiting)).toBe(false);
    open.rollback();
    expect((await waiting)[0]!.sequence).toBe(1);
  });

  test("20 writers side by side, with reads among them, lose nothing", async () => {
    const clock = new AdjustableClock(START, 1);
    const store = new EventStore({ clock, commitDelay: 1 });
    const write = async (writer: number) => {
      for (let count = 0; count < 10; count += 1)
        await store.push([locked(String(writer)), locked("shared")]);
    };
    const writers = Promise.all(Array.from({ length: 20 }, (_, writer) => write(writer)));
    let reading = true;
    const reader = (async () => {
      while (reading) {
        await store.search({ ...EVERYTHING, limit: 1 });
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    await writers;
    reading = false;
    await reader;
    const shared = await store.search({ ...EVERYTHING, aggregateId: "shared" });
    expect(shared.map((row) => row.sequence).sort((one, other) => one - other)).toEqual(
      Array.from({ length: 200 }, (_, index) => index + 1),
    );
  });
});

describe("the database", () => {
  test("restored to a snapshot gives sequences again, with other creation times", async () => {
    const { clock, store } = newStore();
    await store.push([locked("1")]);
    const snapshot = store.snapshot();
    const [lost] = await store.push([locked("1")]);
    store.restore(snapshot);
    expect(await seen(store)).toEqual(["1"]);
    clock.jump(SECOND);
    const [again] = await store.push([locked("1")]);
    expect(again!.sequence).toBe(lost!.sequence);
    expect(again!.createdAt).not.toBe(lost!.createdAt);
  });

  test("is a file that a connection of its own can read meanwhile", async () => {
    const database = join(temporaryFolder(), "events.db");
    const store = new EventStore({ database, clock: new AdjustableClock(START, 0) });
    store.table.setFact("instance", "9");
    await store.push([{ ...locked("1"), payload: { reason: "Zürich" }, editorUser: "LOGIN" }]);
    const reader = new DatabaseSync(database, { readOnly: true });
    expect(reader.prepare("SELECT * FROM events").all()).toEqual([
      {
        instance_id: "9",
        aggregate_type: "user",
        aggregate_id: "1",
        event_type: "user.locked",
        sequence: 1,
        created_at: START,
        position: START,
        in_push: 0,
        editor_user: "LOGIN",
        editor_service: "zitadel",
        resource_owner: "10",
        payload: '{"reason":"Zürich"}',
      },
    ]);
    reader.close();
    store.close();
  });
});
