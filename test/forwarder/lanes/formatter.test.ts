import fc from "fast-check";
import { expect, it, onTestFinished } from "vitest";
import type { Destination } from "../../../forwarder/destinations/destination";
import { openJournal } from "../../../forwarder/journal/open";
import type { Formatter } from "../../../forwarder/records/formats/formatter";
import { eventRecord, eventRecords, noticeRecord, temporaryFolder } from "../journal/records";
import { RunningLanes, ScriptedDestination, until, VisibleEvents } from "./world";

function run(
  destinations: Record<string, Destination>,
  formatter: Formatter,
  reader = new VisibleEvents(),
  maxBytes = 1 << 20,
) {
  const running = new RunningLanes(temporaryFolder(), destinations, reader, { formatter, maxBytes });
  onTestFinished(() => running.crash());
  return running;
}

const only =
  (...ids: string[]): Formatter =>
  (body) =>
    ids.some((id) => body.includes(id)) ? body : undefined;

it("passes thousands of records that the filter keeps out, and delivers the one behind them", async () => {
  const wanted = eventRecord(7000);
  const a = new ScriptedDestination();
  const { journal } = run({ a }, only(wanted.id), new VisibleEvents(), 1 << 24);
  journal.commit("events", [...eventRecords(0, 6500), wanted, ...eventRecords(7001, 2500)], "{}");
  await until(() => journal.lane("a").acknowledged === 9001, "the position is behind all of them");
  expect([...a.received.keys()]).toEqual([wanted.id]);
  expect(a.attempts).toBe(1);
});

it("cuts slices by what the formatter makes: all that it lets through, in order, within the limits", () => {
  const { journal } = openJournal(temporaryFolder(), 1 << 26, "test");
  onTestFinished(() => journal.close());
  journal.serve(["a"]);
  const records = eventRecords(0, 3000);
  journal.commit("events", records, "{}");
  fc.assert(
    fc.property(fc.array(fc.nat(600), { minLength: 1 }), fc.integer({ min: 1, max: 50 }), (sizes, most) => {
      const limits = { maxRecords: most, maxBytes: 1000 };
      // Records of which nothing is left, and records that have grown.
      const sizeOf = (n: number) => (n < 1500 ? 0 : sizes[n % sizes.length]!);
      const order = new Map(records.map(({ body }, n) => [body, n]));
      const looks = { most: 0, since: 0 };
      const formatter: Formatter = (body) => {
        looks.most = Math.max(looks.most, ++looks.since);
        const size = sizeOf(order.get(body)!);
        return size === 0 ? undefined : "x".repeat(size);
      };
      const got: string[] = [];
      for (let after = 0; after < records.length; ) {
        looks.since = 0;
        const slice = journal.slice("a", after, limits, formatter);
        expect(slice.through).toBeGreaterThan(after);
        expect(slice.records.length + slice.filtered).toBe(slice.through - after);
        const bytes = slice.records.reduce((sum, { body }) => sum + body.length + 1, -1);
        expect(slice.records.length <= 1 || (slice.records.length <= most && bytes <= 1000)).toBe(true);
        got.push(...slice.records.map(({ id }) => id));
        after = slice.through;
      }
      expect(looks.most).toBeLessThanOrEqual(1000 + most + 1);
      expect(got).toEqual(records.filter((_, n) => sizeOf(n) > 0).map(({ id }) => id));
    }),
    { numRuns: 20 },
  );
});

/** Lane `a`, whose destination is down, is parked; `b` has everything. */
async function parked(formatter: Formatter, reader = new VisibleEvents()) {
  const folder = temporaryFolder();
  const destinations = { a: new ScriptedDestination(), b: new ScriptedDestination() };
  destinations.a.down();
  const running = new RunningLanes(folder, destinations, reader, { formatter });
  for (const record of eventRecords(0, 200, { bytes: 6000 })) {
    reader.records.push(record);
    running.journal.commit("events", [record], "{}");
    await until(() => destinations.b.received.has(record.id), "lane b got the record");
  }
  expect(running.journal.lane("a").parked).toBe(true);
  const restart = async (formatter: Formatter) => {
    await running.crash();
    const again = new RunningLanes(folder, destinations, reader, { formatter });
    onTestFinished(() => again.crash());
    return again.journal;
  };
  return { journal: running.journal, destinations, restart };
}

it("lets go of what cannot be read again while its lane is parked, when the filter keeps it out", async () => {
  const notice = noticeRecord(1);
  const formatter: Formatter = (body) => (body.includes(notice.id) ? undefined : body);
  const { journal: before, restart } = await parked(formatter);
  before.commit("forwarder", [notice], "");
  const journal = await restart(formatter);
  await until(() => journal.lane("a").acknowledged === 201, "the notice is passed");
  expect(journal.lane("a").parked).toBe(true);
});

it("keeps how far a range was read of which the filter keeps everything out, and finishes it", async () => {
  let goOn = () => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let holds = false;
  class HeldEvents extends VisibleEvents {
    override async *read(range: { fromMicros: number; toMicros: number }, signal: AbortSignal) {
      let pages = 0;
      for await (const page of super.read(range, signal)) {
        if (holds && pages++ === 3) await held;
        yield page;
      }
    }
  }
  const { journal: before, destinations, restart } = await parked((body) => body, new HeldEvents());
  const from = before.jobs()[0]!.fromMicros;
  holds = true;
  const journal = await restart(() => undefined);
  await until(() => journal.jobs()[0]!.fromMicros > from, "the progress is kept");
  goOn();
  await until(() => journal.jobs().length === 0, "the job is done");
  expect(destinations.a.received.size).toBe(0);
});
