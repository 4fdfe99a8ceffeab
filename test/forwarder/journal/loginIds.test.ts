import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it, onTestFinished } from "vitest";
import { bringUpToDate, openJournal } from "../../../forwarder/journal/open";
import { schemaSteps } from "../../../forwarder/journal/schema";
import { createLoginRecord } from "../../../forwarder/records/loginRecord";
import { claimOf } from "../sources/logins/signing";
import { temporaryFolder } from "./records";

const DAY = 24 * 3600 * 1_000_000;
const context = { instanceId: "1", observedDate: "2026-11-22T10:03:12Z", trustedProxies: 0 };

function open(folder: string) {
  const { journal } = openJournal(folder, 1 << 26, "test");
  onTestFinished(() => {
    try {
      journal.close();
    } catch {
      // The test closed it.
    }
  });
  journal.serve(["a"]);
  return journal;
}

const webhook = (claim: ReturnType<typeof claimOf>, organization = "A") =>
  createLoginRecord(claim, organization, { ...context, source: "webhook" });
const stdout = (claim: ReturnType<typeof claimOf>) =>
  createLoginRecord(claim, "A", { ...context, source: "stdout" });

it("takes a login record once, and tells one that came from its source before from one that came on the other", () => {
  const folder = temporaryFolder();
  const first = open(folder);
  const [one, two] = [claimOf(), claimOf()];
  expect(first.commit("webhook", [webhook(one)], "")).toMatchObject({ inserted: 1, replayed: [] });
  expect(first.commit("stdout", [stdout(one), stdout(two)], "")).toMatchObject({
    inserted: 1,
    repeated: 1,
    replayed: [],
  });
  first.close();
  const journal = open(folder);
  const again = [webhook(two), webhook(one), webhook(two)];
  expect(journal.commit("webhook", again, "")).toMatchObject({ inserted: 0, repeated: 3, replayed: [1, 2] });
  expect(journal.commit("webhook", [webhook(one, "B")], "")).toMatchObject({ inserted: 1, replayed: [] });
});

it("remembers delivered login records until they are forgotten, whatever becomes of events", () => {
  const journal = open(temporaryFolder());
  const old = claimOf({ time: "2026-11-21T10:00:00.000Z" });
  const young = claimOf({ time: "2026-11-22T10:00:00.000Z" });
  journal.commit("webhook", [webhook(old), webhook(young)], "");
  journal.forgetIdsBefore(webhook(young).createdMicros + DAY);
  journal.acknowledge([{ lane: "a", through: 2, deadLetters: [] }], 0);
  expect(journal.commit("webhook", [webhook(old), webhook(young)], "").replayed).toEqual([0, 1]);
  journal.forgetLoginIdsBefore(webhook(old).createdMicros + 1);
  journal.acknowledge([{ lane: "a", through: 2, deadLetters: [] }], 0);
  expect(journal.commit("webhook", [webhook(young)], "").replayed).toEqual([0]);
  expect(journal.commit("webhook", [webhook(old)], "")).toMatchObject({ inserted: 1, replayed: [] });
  expect(journal.idsCreatedBetween(0, Number.MAX_SAFE_INTEGER)).toEqual([]);
});

it("brings a journal of the first schema up to date with everything in it", () => {
  const folder = temporaryFolder();
  const database = new DatabaseSync(join(folder, "journal.db"));
  bringUpToDate(database, join(folder, "journal.db"), "test", schemaSteps.slice(0, 1));
  database.exec(`
    INSERT INTO meta VALUES ('instance', '100'), ('last_position', 1);
    INSERT INTO records VALUES (1, 'x-1', 3, 5, '{"id":"x-1"}');
    INSERT INTO cursors VALUES ('events', '{"at":7}');
  `);
  database.close();
  const journal = open(folder);
  expect(journal.instance()).toBe("100");
  expect(journal.readCursor("events")).toBe('{"at":7}');
  expect(journal.slice("a", 0, { maxRecords: 10, maxBytes: 1 << 20 }, (text) => text).records).toMatchObject([
    { id: "x-1" },
  ]);
  const claim = claimOf();
  expect(journal.commit("webhook", [webhook(claim)], "").inserted).toBe(1);
  expect(journal.commit("webhook", [webhook(claim)], "").replayed).toEqual([0]);
});
