import { afterEach, beforeEach, expect, it } from "vitest";
import type { Journal } from "../../forwarder/journal/journal";
import { openJournal } from "../../forwarder/journal/open";
import { laneStatus } from "../../forwarder/laneStatus";
import { eventRecord, noticeRecord, temporaryFolder } from "./journal/records";

let journal: Journal;
beforeEach(() => {
  ({ journal } = openJournal(temporaryFolder(), 1 << 26, "test"));
  journal.serve(["fast", "slow"]);
});
afterEach(() => journal.close());

const MINUTE = 60_000_000;
const BEGIN = Date.UTC(2026, 0, 1) * 1000;
const NOW_MILLIS = (BEGIN + 60 * MINUTE) / 1000;
/** How many minutes a destination is behind. */
const behind = (name: string) => {
  const destination = { kind: "http", level: "accepted" } as Parameters<typeof laneStatus>[1];
  const status = laneStatus(name, destination, { state: "delivering" }, journal, NOW_MILLIS);
  const seconds = status.oldestUnacknowledgedSeconds;
  return seconds === undefined ? undefined : seconds / 60;
};
const acknowledge = (lane: string, through: number) =>
  journal.acknowledge([{ lane, through, deadLetters: [] }], 0);

it("tells the age of login records that wait where no event does: of their loss nobody else would know", () => {
  expect(behind("slow")).toBeUndefined();
  const login = { ...noticeRecord(1), createdMicros: BEGIN + 10 * MINUTE };
  journal.commit("webhook", [login, { ...noticeRecord(2), createdMicros: BEGIN + 20 * MINUTE }], "");
  expect(journal.oldestUndelivered()).toBeUndefined();
  expect(behind("slow")).toBe(50);
  acknowledge("fast", 1);
  expect([behind("fast"), behind("slow")]).toEqual([40, 50]);
  acknowledge("fast", 2);
  expect([behind("fast"), behind("slow")]).toEqual([undefined, 50]);
  expect([journal.firstOtherUnacknowledged("fast"), journal.firstOtherUnacknowledged()]).toEqual([
    undefined,
    login.createdMicros,
  ]);
  acknowledge("slow", 2);
  expect([behind("slow"), journal.firstOtherUnacknowledged()]).toEqual([undefined, undefined]);
});

it("tells the age of the oldest of what waits, event or login record", () => {
  const event = eventRecord(0, { createdMicros: BEGIN + 5 * MINUTE });
  journal.commit("webhook", [{ ...noticeRecord(1), createdMicros: BEGIN + 10 * MINUTE }], "");
  journal.commit("events", [event], "{}");
  expect(behind("slow")).toBe(55);
  acknowledge("slow", 2);
  journal.commit("events", [eventRecord(1, { createdMicros: BEGIN + 30 * MINUTE })], "{}");
  journal.commit("webhook", [{ ...noticeRecord(2), createdMicros: BEGIN + 20 * MINUTE }], "");
  expect(behind("slow")).toBe(40);
});
