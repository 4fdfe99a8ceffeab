import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { expect, it, onTestFinished } from "vitest";
import type { Journal } from "../../../forwarder/journal/journal";
import { openJournal } from "../../../forwarder/journal/open";
import { salvage } from "../../../forwarder/journal/salvage";
import { sessionsKept } from "../../../forwarder/journal/sessionTable";
import { createEventRecord } from "../../../forwarder/records/eventRecord";
import { formatMicros } from "../../../forwarder/records/micros";
import type { JournalRecord } from "../../../forwarder/records/record";
import { createRedaction } from "../../../forwarder/records/redaction/redaction";
import { asStored } from "../lanes/world";
import { temporaryFolder } from "./records";

const redaction = createRedaction();
const context = { instanceId: "1", observedDate: "2026-11-22T10:03:30.123456Z" };
const START = Date.UTC(2026, 0, 1) * 1000;
const MAX_BYTES = 4 << 20;

/** An event of session n; its first one says from where it came. */
function sessionEvent(n: number, sequence: number, micros: number): JournalRecord {
  const [type, payload] =
    sequence === 1
      ? ["session.added", { user_agent: { ip: addressOf(n), description: `browser ${n}` } }]
      : ["session.token.set", { tokenID: "5" }];
  return recordOf(n, sequence, micros, type as string, payload);
}

const ended = (n: number, sequence: number, micros: number) =>
  recordOf(n, sequence, micros, "session.terminated", {});

function recordOf(n: number, sequence: number, micros: number, type: string, payload: unknown) {
  const aggregate = { id: `s${n}`, type: { type: "session" }, resourceOwner: "1" };
  const event = { aggregate, sequence: String(sequence), creationDate: formatMicros(micros), payload };
  return createEventRecord({ ...event, type: { type } }, context, redaction);
}

const addressOf = (n: number) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
const beginningOf = (n: number) => ({
  id: `s${n}`,
  userAgent: { ip: addressOf(n), description: `browser ${n}` },
});

function open(folder: string, maxBytes = MAX_BYTES): Journal {
  const { journal } = openJournal(folder, maxBytes, "test");
  journal.serve(["a"]);
  return journal;
}

function opened(): Journal {
  const journal = open(temporaryFolder());
  onTestFinished(() => journal.close());
  return journal;
}

/** What the lane gets, by id. */
function delivered(journal: Journal): Map<string, string> {
  const limits = { maxRecords: 1e6, maxBytes: 1e9 };
  const { records } = journal.slice("a", 0, limits, asStored);
  return new Map(records.map(({ id, body }) => [id, Buffer.from(body).toString()]));
}

const sessionIn = (body: string | undefined) => JSON.parse(body!).session;

/** The lane acknowledges everything, so that the journal forgets what it need not keep. */
function acknowledge(journal: Journal): void {
  const { lastPosition } = journal.status();
  journal.acknowledge([{ lane: "a", through: lastPosition, deadLetters: [] }], 0);
}

it("puts a session's own beginning on its later events, in any order of windows, over restarts and re-reads", () => {
  const met = { enriched: 0, readBeforeBeginning: 0, restarts: 0, repeated: 0 };
  const history = fc.array(fc.record({ session: fc.nat(6), step: fc.nat(3) }), {
    minLength: 5,
    maxLength: 40,
  });
  const cuts = fc.array(
    fc.record({ at: fc.nat(40), to: fc.nat(12), restart: fc.boolean(), shuffle: fc.nat(1000) }),
    { minLength: 1, maxLength: 15 },
  );
  fc.assert(
    fc.property(history, cuts, (steps, windows) => {
      const events = eventsOf(steps);
      const folder = mkdtempSync(join(tmpdir(), "sessions-"));
      let journal = open(folder);
      try {
        const begun = new Set<number>();
        const wanted = new Map<string, object | undefined>();
        const everything = { at: 0, to: events.length, restart: false, shuffle: 3 };
        for (const { at, to, restart, shuffle } of [...windows, everything]) {
          if (restart) {
            journal.close();
            journal = open(folder);
            met.restarts += 1;
          }
          const window = shuffled(events.slice(at % events.length, (at % events.length) + to), shuffle);
          for (const { n, begins } of window) if (begins) begun.add(n);
          for (const { n, begins, record } of window)
            if (!wanted.has(record.id))
              wanted.set(record.id, begins || !begun.has(n) ? undefined : beginningOf(n));
          const { repeated } = journal.commit(
            "events",
            window.map(({ record }) => record),
            "{}",
          );
          met.repeated += repeated;
        }
        const bodies = delivered(journal);
        expect(bodies.size).toBe(events.length);
        for (const { begins, n, record } of events) {
          expect(sessionIn(bodies.get(record.id))).toEqual(wanted.get(record.id));
          if (wanted.get(record.id)) met.enriched += 1;
          else if (!begins && begun.has(n)) met.readBeforeBeginning += 1;
        }
        // What is read again for one lane is as it was, or knows more.
        for (const { id, body } of journal.withSessions(events.map(({ record }) => record)))
          if (wanted.get(id)) expect(body).toBe(bodies.get(id));
      } finally {
        journal.close();
        rmSync(folder, { recursive: true, force: true });
      }
    }),
    { numRuns: Number(process.env.RUNS ?? 40) },
  );
  console.log("met", met);
  expect(Math.min(...Object.values(met))).toBeGreaterThan(0);
});

/** A history in which each session begins with its first event; some share a microsecond with others. */
function eventsOf(steps: readonly { session: number; step: number }[]) {
  const sequences = new Map<number, number>();
  let micros = START;
  return steps.map(({ session: n, step }) => {
    const sequence = (sequences.get(n) ?? 0) + 1;
    sequences.set(n, sequence);
    micros += step;
    return { n, begins: sequence === 1, record: sessionEvent(n, sequence, micros) };
  });
}

function shuffled<T>(list: readonly T[], by: number): T[] {
  return list
    .map((entry, index) => ({ entry, key: ((index + 1) * (by + 7919)) % 1009 }))
    .sort((a, b) => a.key - b.key)
    .map(({ entry }) => entry);
}

it("leaves an event alone that is older than the beginning that is known", () => {
  const journal = opened();
  journal.commit("events", [sessionEvent(1, 1, START + 10), sessionEvent(1, 2, START + 5)], "{}");
  for (const body of delivered(journal).values()) expect(sessionIn(body)).toBeUndefined();
});

it("forgets a session once it has ended and nothing of it can be read again", () => {
  const journal = opened();
  journal.commit("events", [sessionEvent(1, 1, START), sessionEvent(2, 1, START)], "{}");
  journal.commit("events", [ended(1, 2, START + 100)], "{}");
  journal.forgetIdsBefore(START + 50);
  acknowledge(journal);
  expect(journal.status().sessions).toBe(2);
  journal.forgetIdsBefore(START + 200);
  acknowledge(journal);
  expect(journal.status().sessions).toBe(1);
  journal.commit("events", [sessionEvent(1, 3, START + 300), sessionEvent(2, 3, START + 300)], "{}");
  const [first, second] = [...delivered(journal).values()].map(sessionIn);
  expect([first, second]).toEqual([undefined, beginningOf(2)]);
});

it("keeps a session that ended while a lane still has to get events of that time", () => {
  const journal = opened();
  journal.serve(["a", "b"]);
  journal.commit("events", [sessionEvent(1, 1, START), ended(1, 2, START + 100)], "{}");
  journal.forgetIdsBefore(START + 200);
  acknowledge(journal);
  expect(journal.status().sessions).toBe(1);
});

it("forgets the oldest sessions beyond its limit, and what began 90 days before the newest", () => {
  const journal = opened();
  const most = sessionsKept(MAX_BYTES);
  expect(most).toBe(128);
  for (let n = 0; n < 3 * most; n += 50) {
    const begun = Array.from({ length: 50 }, (_, index) => sessionEvent(n + index, 1, START + n + index));
    journal.commit("events", begun, "{}");
    expect(journal.status().sessions).toBeLessThanOrEqual(most);
  }
  expect(journal.status().sessions).toBe(most);
  journal.commit("events", [sessionEvent(0, 2, START + 1000), sessionEvent(390, 2, START + 1000)], "{}");
  const later = [...delivered(journal).values()].slice(-2).map(sessionIn);
  expect(later).toEqual([undefined, beginningOf(390)]);
  // A range that is read again holds the beginning itself.
  const [, again] = journal.withSessions([sessionEvent(0, 1, START), sessionEvent(0, 2, START + 1000)]);
  expect(sessionIn(again?.body)).toEqual(beginningOf(0));
  journal.commit("events", [sessionEvent(9999, 1, START + 91 * 24 * 3600e6)], "{}");
  expect(journal.status().sessions).toBe(1);
});

it("remembers sessions within a sixteenth of the journal, whatever clients say of themselves", () => {
  const folder = temporaryFolder();
  const journal = open(folder, 16 << 20);
  const bytesBefore = journal.status().usedBytes;
  const said = { description: "\u0001".repeat(5000), fingerprint_id: "x".repeat(5000), ip: "y".repeat(5000) };
  for (let n = 0; n < 1000; n += 1)
    journal.commitDelivered(
      "events",
      [recordOf(n, 1, START + n, "session.added", { user_agent: said })],
      "{}",
    );
  expect(journal.status().sessions).toBe(512);
  const ids = 1000 * 64;
  expect(journal.status().usedBytes - bytesBefore - ids).toBeLessThan((16 << 20) / 16);
  journal.close();
});

it("forgets all sessions when they are no longer asked for", () => {
  const journal = opened();
  journal.commit("events", [sessionEvent(1, 1, START)], "{}");
  journal.forgetSessions();
  expect(journal.status().sessions).toBe(0);
});

it("takes what sessions began with over from a damaged journal", () => {
  const folder = temporaryFolder();
  const journal = open(folder);
  journal.commit("events", [sessionEvent(1, 1, START)], "{}");
  journal.close();
  const other = temporaryFolder();
  open(other).close();
  const into = new DatabaseSync(join(other, "journal.db"));
  salvage(join(folder, "journal.db"), into);
  expect(into.prepare("SELECT key FROM sessions").all()).toEqual([{ key: "session/s1" }]);
  into.close();
});
