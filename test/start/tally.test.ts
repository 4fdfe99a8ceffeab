import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ZitadelApi } from "../../local/plugins/zitadelApi";
import { FileDelivered } from "../../local/run/delivered";
import { eventKey, tally, tallyLine } from "../../local/run/tally";
import { ApiWritten, StoreWritten, type Written } from "../../local/run/written";
import { startZitadel } from "../../local/zitadel/server";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zitadel-siem-tally-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const record = (sequence: number, source = "events") => ({
  id: `v1-${sequence}`,
  source,
  event: {
    aggregate: { id: "1", type: { type: "user" } },
    sequence: String(sequence),
    creationDate: "2026-11-22T10:03:11.000007Z",
  },
});
const micros = Date.UTC(2026, 10, 22, 10, 3, 11) * 1000 + 7;
const written = (count: number) => ({
  events: new Map(
    Array.from({ length: count }, (_, index) => [eventKey("user", "1", index + 1, micros), micros]),
  ),
});

describe("what was delivered of what was written", () => {
  it("counts an event as missing once it has had ten seconds, and every one at the end", () => {
    const events = new Map([
      ["a", 1_000_000],
      ["b", 8_000_000],
      ["c", 9_000_000],
    ]);
    expect(tally(events, [1_000_000, 9_000_000], 12_000_000)).toEqual({
      written: 3,
      delivered: 1,
      lag: 11,
      missing: 1,
    });
    expect(tally(events, [9_000_000], undefined)).toEqual({ written: 3, delivered: 2, lag: 0, missing: 1 });
    expect(tally(events, [], 12_000_000)).toEqual({ written: 3, delivered: 3, lag: 0, missing: 0 });
    expect(tallyLine(7, tally(events, [9_000_000], 12_000_000))).toBe(
      "    7 s  written 3  delivered 2  lag 3.0 s  missing 0",
    );
  });

  it("reads the receiver's file however it grows", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 60 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        async (sequences, cuts) => {
          const file = join(folder, "received");
          const notice = `${JSON.stringify({ id: "n", source: "forwarder", notice: { type: "x" } })}\n`;
          const text = Buffer.from(
            notice + sequences.map((one) => `${JSON.stringify(record(one))}\n`).join(""),
          );
          const delivered = new FileDelivered(file);
          writeFileSync(file, "");
          const ends = [...cuts.map((cut) => cut % (text.length + 1)), text.length].sort((a, b) => a - b);
          let from = 0;
          for (const end of ends) {
            appendFileSync(file, text.subarray(from, end));
            await delivered.refresh();
            from = end;
          }
          const distinct = new Set(sequences).size;
          expect(delivered.undelivered(written(30))).toHaveLength(30 - distinct);
          expect(delivered.duplicates).toBe(sequences.length - distinct);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("tells an event from another of the same place and another time", async () => {
    const file = join(folder, "received");
    writeFileSync(file, `${JSON.stringify(record(1))}\n`);
    const delivered = new FileDelivered(file);
    await delivered.refresh();
    expect(delivered.undelivered({ events: new Map([[eventKey("user", "1", 1, micros + 1), 5]]) })).toEqual([
      5,
    ]);
    expect(delivered.undelivered({ events: new Map([[eventKey("user", "1", 1, micros), 5]]) })).toEqual([]);
  });
});

describe("what was written", () => {
  it("is the same by the store's rows and by the Events API, from the reader's creation on", async () => {
    const database = join(folder, "zitadel.sqlite");
    const zitadel = await startZitadel({ database });
    const rows = new StoreWritten(database);
    try {
      const push = (aggregateId: string, count: number) =>
        zitadel.store.push(
          Array.from({ length: count }, () => ({
            aggregateType: "user",
            aggregateId,
            eventType: "user.human.profile.changed",
            resourceOwner: zitadel.organizationId,
            editorUser: "1",
            payload: {},
          })),
        );
      await push("before", 3);
      const [reader] = await push("reader", 1);
      const { hostname: domain, port } = new URL(zitadel.url);
      const jwtProfileJson = JSON.stringify(zitadel.adminKey);
      const api = await ApiWritten.open(
        new ZitadelApi({ domain, port, insecure: true, jwtProfileJson }),
        "reader",
      );
      // More than a page: its windows are halved.
      for (let batch = 0; batch < 25; batch++) await push(`after-${batch}`, 90);
      await api.refresh();
      await push("last", 2);
      await api.refresh();
      await rows.refresh();
      const from = Number(reader!.createdAt);
      const sorted = (one: Written) => [...one.events].filter(([, created]) => created >= from).sort();
      expect(sorted(api)).toEqual(sorted(rows));
      expect(api.events.size).toBeGreaterThan(25 * 90);
      expect(rows.events.size).toBeGreaterThan(api.events.size);
    } finally {
      rows.close();
      await zitadel.close();
    }
  });
});
