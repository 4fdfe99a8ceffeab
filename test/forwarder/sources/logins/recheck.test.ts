import pino from "pino";
import { expect, it } from "vitest";
import { RangeClippedError } from "../../../../forwarder/journal/sourceJournal";
import type { JournalRecord } from "../../../../forwarder/records/record";
import { readChecksAgain } from "../../../../forwarder/sources/logins/recheck";
import { eventRecord } from "../../journal/records";

const range = { fromMicros: 1_000, toMicros: 9_000 };
type Page = { records: JournalRecord[]; throughMicros: number };

const check: JournalRecord["check"] = { createdMicros: 0, keys: ["k"], record: eventRecord(0) };
const page = (throughMicros: number, checks = 1): Page => ({
  records: [eventRecord(0), ...Array.from({ length: checks }, (_, n) => ({ ...eventRecord(n + 1), check }))],
  throughMicros,
});

/** Reads pages, and then what stops the reading. */
async function read(pages: readonly Page[], stop?: () => never, signal = new AbortController().signal) {
  const said: { level: number; msg: string; from?: string; heldFrom?: string }[] = [];
  const logger = pino({}, { write: (line: string) => void said.push(JSON.parse(line)) });
  const ranges = {
    async *read(asked: typeof range) {
      expect(asked).toBe(range);
      yield* pages;
      stop?.();
    },
  };
  const { checks, throughMicros } = await readChecksAgain(range, ranges, logger, signal);
  return { checks, throughMicros, said };
}

const raise = (error: Error) => () => {
  throw error;
};

it("gives the checks of a range without the events, which the lanes have", async () => {
  const { checks, throughMicros, said } = await read([page(4_000), page(9_000, 2)]);
  expect(checks.map(({ body }) => body)).toEqual(["", "", ""]);
  expect(throughMicros).toBe(range.toMicros);
  expect(said).toEqual([]);
});

it("passes what ZITADEL no longer holds, and says which logins nobody can judge any more", async () => {
  const { checks, throughMicros, said } = await read([], raise(new RangeClippedError(1_000, 5_000)));
  expect(checks).toEqual([]);
  expect(throughMicros).toBe(5_000);
  expect(said).toMatchObject([
    { level: 50, from: "1970-01-01T00:00:00.001000Z", heldFrom: "1970-01-01T00:00:00.005000Z" },
  ]);
  expect(said[0]!.msg).toContain("no longer holds events whose login checks were to be judged again");
});

it("goes no further than the range where nothing of it is held, and keeps what was read before", async () => {
  const { checks, throughMicros } = await read([page(3_000)], raise(new RangeClippedError(3_000, 20_000)));
  expect(checks).toHaveLength(1);
  expect(throughMicros).toBe(range.toMicros);
});

it("leaves what cannot be read now for another time", async () => {
  const { checks, throughMicros, said } = await read([page(4_000)], raise(new TypeError("a secret text")));
  expect(checks).toHaveLength(1);
  expect(throughMicros).toBe(4_000);
  expect(said).toMatchObject([{ level: 40, error: "TypeError" }]);
  expect(JSON.stringify(said)).not.toContain("a secret text");
});

it("ends with the signal", async () => {
  const signal = AbortSignal.abort(new Error("the end"));
  await expect(read([page(4_000)], raise(new Error("torn")), signal)).rejects.toThrow("the end");
});

it("stops where there is enough to judge", async () => {
  const { checks, throughMicros } = await read([page(2_000, 3_000), page(3_000, 2_500), page(4_000)]);
  expect(checks).toHaveLength(5_500);
  expect(throughMicros).toBe(3_000);
  const pages = Array.from({ length: 150 }, (_, n) => page(1_001 + n, 0));
  expect(await read(pages)).toMatchObject({ checks: [], throughMicros: 1_100 });
});
