import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it, onTestFinished } from "vitest";
import { JournalRefusedError } from "../../../forwarder/journal/errors";
import { networkFileSystem } from "../../../forwarder/journal/fileSystem";
import { bringUpToDate, openJournal } from "../../../forwarder/journal/open";
import { schemaSteps } from "../../../forwarder/journal/schema";
import { JournalFullError } from "../../../forwarder/journal/sourceJournal";
import { asStored } from "../lanes/world";
import { eventRecord, eventRecords, noticeRecord, temporaryFolder } from "./records";

const limits = { maxRecords: 1000, maxBytes: 1 << 30 };

function open(folder: string, maxBytes = 1 << 26, lanes = ["a"]) {
  const { journal, salvaged } = openJournal(folder, maxBytes, "test");
  onTestFinished(() => {
    try {
      journal.close();
    } catch {
      // The test closed it.
    }
  });
  journal.serve(lanes);
  return { journal, salvaged };
}

function bytesIn(folder: string): number {
  return readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
}

it("keeps records, cursor and positions over a restart", () => {
  const folder = temporaryFolder();
  const first = open(folder).journal;
  first.commit("events", eventRecords(0, 10), '{"at":1}');
  first.acknowledge([{ lane: "a", through: 4, deadLetters: [] }], 0);
  first.close();
  const { journal } = open(folder);
  expect(journal.id).toBe(first.id);
  expect(journal.readCursor("events")).toBe('{"at":1}');
  expect(journal.lane("a").acknowledged).toBe(4);
  const { records, through } = journal.slice("a", 4, limits, asStored);
  expect(records.map(({ id }) => id)).toEqual(eventRecords(4, 6).map(({ id }) => id));
  expect(Buffer.from(records[0]?.body ?? []).toString()).toBe(eventRecord(4).body);
  expect(through).toBe(10);
});

it("counts a record that it has already, also after it was delivered, until its id is forgotten", () => {
  const { journal } = open(temporaryFolder());
  expect(journal.commit("events", eventRecords(0, 5), "{}")).toEqual({
    inserted: 5,
    repeated: 0,
    replayed: [],
    forked: [],
  });
  journal.acknowledge([{ lane: "a", through: 5, deadLetters: [] }], 0);
  expect(journal.commit("events", eventRecords(3, 4), "{}")).toMatchObject({ inserted: 2, repeated: 2 });
  journal.forgetIdsBefore(eventRecord(5).createdMicros);
  journal.acknowledge([{ lane: "a", through: 7, deadLetters: [] }], 0);
  expect(journal.idsCreatedBetween(0, eventRecord(100).createdMicros).sort()).toEqual(
    [eventRecord(5).id, eventRecord(6).id].sort(),
  );
});

it("gives a lane nothing of what was delivered before the journal was lost", () => {
  const { journal } = open(temporaryFolder());
  journal.commitDelivered("events", eventRecords(0, 5), "{}");
  expect(journal.slice("a", 0, limits, asStored).records).toEqual([]);
  expect(journal.commit("events", eventRecords(0, 6), "{}")).toMatchObject({ inserted: 1, repeated: 5 });
});

it("keeps a record until every lane has passed it", () => {
  const { journal } = open(temporaryFolder(), 1 << 26, ["a", "b"]);
  journal.commit("events", eventRecords(0, 10), "{}");
  journal.acknowledge([{ lane: "a", through: 10, deadLetters: [] }], 0);
  expect(journal.slice("b", 0, limits, asStored).records).toHaveLength(10);
  journal.acknowledge([{ lane: "b", through: 6, deadLetters: [] }], 0);
  expect(journal.slice("b", 0, limits, asStored).records).toHaveLength(4);
});

it("keeps all its files below the limit and uses freed space again", () => {
  const folder = temporaryFolder();
  const maxBytes = 4 << 20;
  const { journal } = open(folder, maxBytes);
  for (let from = 0; from < 20_000; from += 100) {
    journal.commit("events", eventRecords(from, 100, { bytes: 1000 }), "{}");
    journal.forgetIdsBefore(eventRecord(from).createdMicros);
    if (from % 1000 === 0)
      journal.acknowledge([{ lane: "a", through: journal.status().lastPosition, deadLetters: [] }], 0);
    expect(bytesIn(folder)).toBeLessThanOrEqual(maxBytes);
  }
});

it("refuses records at the limit, changes nothing then, and leaves place for a notice", () => {
  const { journal } = open(temporaryFolder(), 1 << 20);
  let stored = 0;
  expect(() => {
    for (; ; stored += 10)
      journal.commit("events", eventRecords(stored, 10, { bytes: 1000 }), String(stored));
  }).toThrow(JournalFullError);
  expect(journal.readCursor("events")).toBe(String(stored - 10));
  expect(journal.slice("a", 0, { ...limits, maxRecords: 1e6 }, asStored).records).toHaveLength(stored);
  expect(journal.commit("forwarder", [noticeRecord(1)], "").inserted).toBe(1);
  expect(journal.jobs()).toEqual([]);
});

it("finds places of a history that hold two events", () => {
  const { journal } = open(temporaryFolder());
  const place = (sequence: number) => ({ aggregateType: "user", aggregateId: "u", sequence });
  const at = (n: number, sequence: number) => ({ ...eventRecord(n), place: place(sequence) });
  expect(journal.commit("events", [at(3, 3), at(2, 2), at(1, 1)], "{}").forked).toEqual([]);
  // A late event of the same history is none.
  expect(journal.commit("events", [at(6, 6), at(4, 4)], "{}").forked).toEqual([]);
  expect(journal.commit("events", [at(5, 5)], "{}").forked).toEqual([]);
  // Restored to sequence 4, and written on.
  expect(journal.commit("events", [at(10, 5), at(11, 6)], "{}").forked).toEqual([place(5), place(6)]);
  expect(journal.commit("events", [at(12, 7)], "{}").forked).toEqual([]);
});

it("takes in the report of a fork in the same step as the events that show it", () => {
  const { journal } = open(temporaryFolder());
  const at = (n: number) => ({
    ...eventRecord(n),
    place: { aggregateType: "user", aggregateId: "u", sequence: 1 },
  });
  const unasked = () => expect.unreachable("nothing is forked");
  journal.commit("events", [at(1)], "before", unasked);
  const killed = () => {
    throw new Error("killed");
  };
  expect(() => journal.commit("events", [at(2)], "after", killed)).toThrow("killed");
  expect(journal.readCursor("events")).toBe("before");
  const report = noticeRecord(1);
  const { inserted, forked } = journal.commit("events", [at(2)], "after", (places) => {
    expect(places).toEqual([at(2).place]);
    return [report];
  });
  expect([inserted, forked]).toEqual([1, [at(2).place]]);
  expect(journal.readCursor("events")).toBe("after");
  const { records } = journal.slice("a", 0, limits, asStored);
  expect(records.map(({ id }) => id)).toEqual([eventRecord(1).id, eventRecord(2).id, report.id]);
});

it("keeps dead letters with the reason, in one step with the position", () => {
  const folder = temporaryFolder();
  const { journal } = open(folder);
  journal.commit("events", eventRecords(0, 3), "{}");
  const [letter] = journal.slice("a", 0, limits, asStored).records;
  if (!letter) throw new Error("no record");
  journal.acknowledge([{ lane: "a", through: 3, deadLetters: [{ ...letter, reason: "answered 400" }] }], 0);
  journal.close();
  expect(open(folder).journal.status().deadLetters).toEqual(new Map([["a", 1]]));
});

it("starts a new lane with what comes from now on, and tells what a lane that is gone had not delivered", () => {
  const { journal } = open(temporaryFolder());
  journal.commit("events", eventRecords(0, 3), "{}");
  expect(journal.serve(["b"])).toEqual([{ name: "a", undelivered: true }]);
  expect(journal.slice("b", journal.lane("b").acknowledged, limits, asStored).records).toEqual([]);
  journal.commit("events", eventRecords(3, 1), "{}");
  expect(journal.slice("b", journal.lane("b").acknowledged, limits, asStored).records).toHaveLength(1);
  expect(journal.oldestUnacknowledged("b")).toBe(eventRecord(3).createdMicros);
});

it("refuses the records of another instance, a newer schema, and a second process", () => {
  const folder = temporaryFolder();
  const { journal } = open(folder);
  journal.bindInstance("100");
  journal.bindInstance("100");
  expect(() => journal.bindInstance("200")).toThrow(JournalRefusedError);
  expect(() => openJournal(folder, 1 << 26, "test")).toThrow(/another process holds the journal/);
  journal.close();
  const database = new DatabaseSync(join(folder, "journal.db"));
  database.exec("PRAGMA user_version = 99");
  database.close();
  expect(() => openJournal(folder, 1 << 26, "test")).toThrow(/schema 99.*run the newer version/);
});

it("copies the file before a migration", () => {
  const folder = temporaryFolder();
  const file = join(folder, "journal.db");
  const { journal } = open(folder);
  journal.commit("events", eventRecords(0, 3), '{"kept":true}');
  journal.close();
  const database = new DatabaseSync(file);
  bringUpToDate(database, file, "test", [...schemaSteps, "ALTER TABLE lanes ADD COLUMN filter TEXT"]);
  database.close();
  const copy = new DatabaseSync(`${file}.schema-${schemaSteps.length}-test`, { readOnly: true });
  expect(copy.prepare("SELECT cursor FROM cursors").get()?.cursor).toBe('{"kept":true}');
  expect(
    copy.prepare("SELECT count(*) AS n FROM pragma_table_info('lanes') WHERE name = 'filter'").get()?.n,
  ).toBe(0);
  copy.close();
});

it("keeps a damaged file aside and takes over what exists nowhere else", () => {
  const folder = temporaryFolder();
  const file = join(folder, "journal.db");
  const first = open(folder).journal;
  first.bindInstance("100");
  first.commit("events", eventRecords(0, 2000, { bytes: 500 }), '{"at":1}');
  first.commit("forwarder", [noticeRecord(1), noticeRecord(2)], "");
  first.addPeerReports([{ id: "peer a", key: "key", atMicros: 5 }]);
  first.acknowledge([{ lane: "a", through: 7, deadLetters: [] }], 0);
  first.close();
  // A page in the middle of the records is overwritten.
  const bytes = readFileSync(file);
  bytes.fill(
    0xa5,
    Math.floor(bytes.length / 2 / 4096) * 4096,
    (Math.floor(bytes.length / 2 / 4096) + 1) * 4096,
  );
  writeFileSync(file, bytes);
  const { journal, salvaged } = open(folder);
  expect(salvaged).toMatchObject({ records: 2, keptAs: `${file}.corrupt-test` });
  expect(journal.id).not.toBe(first.id);
  expect(journal.readCursor("events")).toBeUndefined();
  expect(() => journal.bindInstance("200")).toThrow(JournalRefusedError);
  const { records } = journal.slice("a", journal.lane("a").acknowledged, limits, asStored);
  expect(records.map(({ id }) => id)).toEqual([noticeRecord(1).id, noticeRecord(2).id]);
  expect(journal.logins.reports(["key"])).toEqual([{ id: "peer a", key: "key", atMicros: 5, used: false }]);
  expect(journal.commit("events", eventRecords(0, 10), "{}").inserted).toBe(10);
});

it.each([0, 100, 5000])("begins again when only %i bytes of the file are left", (length) => {
  const folder = temporaryFolder();
  const { journal } = open(folder);
  journal.commit("events", eventRecords(0, 100), "{}");
  journal.close();
  truncateSync(join(folder, "journal.db"), length);
  expect(open(folder).journal.readCursor("events")).toBeUndefined();
});

it("knows network file systems by their type", () => {
  expect(networkFileSystem(0x6969)).toBe("NFS");
  expect(networkFileSystem(0xff534d42 | 0)).toBe("CIFS");
  expect(networkFileSystem(0xef53)).toBeUndefined();
});

it("survives a full volume without damage and goes on when there is space", () => {
  const folder = temporaryFolder();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], { stdio: "pipe" });
  } catch {
    console.log("not run: this needs the right to mount a file system");
    return;
  }
  onTestFinished(() => void execFileSync("umount", [folder]));
  const { journal } = open(folder, 1 << 20);
  const filler = join(folder, "filler");
  writeFileSync(filler, Buffer.alloc(64 << 10));
  fillUp(filler);
  expect(() => {
    for (let n = 0; n < 1000; n += 10)
      journal.commit("events", eventRecords(n, 10, { bytes: 1000 }), String(n));
  }).toThrow(/volume takes no more/);
  expect(journal.status().volumeFailed).toBe(true);
  const cursor = Number(journal.readCursor("events") ?? -10);
  truncateSync(filler, 0);
  journal.commit("events", eventRecords(cursor + 10, 10, { bytes: 1000 }), "after");
  expect(journal.status().volumeFailed).toBe(false);
  journal.close();
  const again = open(folder, 1 << 20);
  expect(again.salvaged).toBeUndefined();
  expect(again.journal.slice("a", 0, { ...limits, maxRecords: 1e6 }, asStored).records).toHaveLength(
    cursor + 20,
  );
});

/** Grows a file until its volume takes nothing more. */
function fillUp(file: string): void {
  try {
    for (let size = 1; size < 10_000; size += 1) writeFileSync(file, Buffer.alloc(4096), { flag: "a" });
  } catch {
    // Full.
  }
}
