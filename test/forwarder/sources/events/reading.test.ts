import { describe, expect, test } from "vitest";
import { recordsOf } from "../../../../forwarder/sources/events/reading";
import { readEvent } from "../../../../forwarder/zitadel/event";
import { asZitadel } from "./model";

const context = { instanceId: "1", observedDate: "2026-11-22T10:03:11.749184Z" };
const good = asZitadel({
  createdMicros: 1_795_000_000_000_000,
  aggregateType: "user",
  aggregateId: "1",
  sequence: 1,
  eventType: "user.human.added",
});

function read(values: unknown[], proven = true) {
  const all = values.map(readEvent);
  return {
    span: { fromMicros: 1_795_000_000_000_000, toMicros: 1_795_000_000_000_001 },
    events: all.filter((one) => "event" in one),
    poison: all.filter((one) => "fault" in one),
    startedAtMicros: 0,
    millis: 0,
    proven,
  };
}
const createRecord = () => ({ id: "v1-0", source: "events" as const, createdMicros: 1, body: "{}" });

describe("a window's records", () => {
  test("hold an event without identity as a notice, without its payload", () => {
    const poison = { ...good, sequence: "?", payload: { password: "Tr0ub4dor&3" } };
    const { events, notices, poison: count } = recordsOf(read([good, poison]), context, createRecord);
    expect(events).toHaveLength(1);
    expect(count).toBe(1);
    const { notice } = JSON.parse(notices[0]!.body);
    expect(notice).toMatchObject({
      type: "poison_event",
      event: { aggregateId: "1", sequence: "?", creationDate: good.creationDate },
    });
    expect(notices[0]!.body).not.toContain("Tr0ub4dor");
  });

  test("hold of an event without identity only what is plain: a device code may stand where an id should", () => {
    const code = "kQ3vTWpXyNdeviceCode";
    const poison = {
      ...good,
      sequence: "1e",
      creationDate: `since ${code}`,
      aggregate: { id: code, type: { type: "device_auth" } },
      type: { type: `no type: ${code}` },
    };
    const [notice] = recordsOf(read([poison]), context, createRecord).notices;
    expect(notice!.body).not.toContain(code);
    const { event } = JSON.parse(notice!.body).notice;
    const digest = expect.stringMatching(/^sha256:[0-9a-f]{32}$/);
    expect(event).toEqual({
      aggregateType: "device_auth",
      aggregateId: digest,
      sequence: digest,
      creationDate: digest,
      type: digest,
    });
  });

  test("hold the same notice each time that the same poison is read, and another for another", () => {
    const once = recordsOf(read([{ ...good, sequence: "?" }]), context, createRecord).notices[0]!;
    const again = recordsOf(read([{ ...good, sequence: "?" }]), context, createRecord).notices[0]!;
    const other = recordsOf(read([{ ...good, sequence: "!" }]), context, createRecord).notices[0]!;
    expect(again.id).toBe(once.id);
    expect(other.id).not.toBe(once.id);
  });

  test("hold an event that no record can be made of as a notice, and the others as they are", () => {
    let made = 0;
    const failing = () => {
      made += 1;
      if (made === 1) throw new TypeError("no");
      return createRecord();
    };
    const { events, notices } = recordsOf(read([good, { ...good, sequence: "2" }]), context, failing);
    expect(events).toHaveLength(1);
    expect(JSON.parse(notices[0]!.body).notice).toMatchObject({
      type: "poison_event",
      event: { sequence: "1" },
    });
  });

  test("say that a microsecond may hold more than was read", () => {
    const { notices } = recordsOf(read([good], false), context, createRecord);
    expect(JSON.parse(notices[0]!.body).notice).toMatchObject({ type: "crowded_microsecond", events: 1 });
  });
});
