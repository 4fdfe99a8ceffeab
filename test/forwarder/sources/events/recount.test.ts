import pino from "pino";
import { expect, test } from "vitest";
import type { SourceJournal } from "../../../../forwarder/journal/sourceJournal";
import type { JournalRecord } from "../../../../forwarder/records/record";
import type { Cursor } from "../../../../forwarder/sources/events/cursor";
import type { Metrics } from "../../../../forwarder/sources/events/metrics";
import { Recount } from "../../../../forwarder/sources/events/recount";
import type { WindowRead } from "../../../../forwarder/sources/events/windowReader";

const record = (createdMicros: number): JournalRecord => ({
  id: `v1-${String(createdMicros).padStart(32, "0")}`,
  source: "events",
  createdMicros,
  body: "{}",
});

/** A recount of 1,000 events, one a microsecond, during which the journal forgets ids before `heldFrom`. */
async function recountWhile(heldFrom: number, lost: ReadonlySet<number> = new Set()) {
  const history = Array.from({ length: 1_000 }, (_, index) => record(index));
  let held = 0;
  const repaired: JournalRecord[] = [];
  const count = { inc: () => {} };
  const recount = new Recount({
    journal: {
      idsCreatedBetween: (from, to) =>
        history
          .filter(({ createdMicros: at }) => at >= Math.max(from, held) && at < to && !lost.has(at))
          .map(({ id }) => id),
    } as SourceJournal,
    read: async (span) => {
      held = heldFrom;
      return { span } as WindowRead;
    },
    records: ({ span }) => history.slice(span.fromMicros, span.toMicros),
    filter: {},
    aggregateTypes: () => ["user"],
    position: () => ({ edges: { swept: 1_000 }, recounted: 0, sweepMicros: 4_000 }) as Cursor,
    heldFromMicros: () => held,
    repair: (records) => repaired.push(...records),
    metrics: { recounted: count, recountMissing: count, recountUnserved: count } as unknown as Metrics,
    logger: pino({ enabled: false }),
  });
  const { signal } = new AbortController();
  while (recount.statement.through === undefined) await recount.whileIdle(signal);
  return { repaired: repaired.map(({ createdMicros }) => createdMicros), statement: recount.statement };
}

test("a recount takes no id that was forgotten meanwhile for a missing event", async () => {
  expect(await recountWhile(600)).toMatchObject({
    repaired: [],
    statement: { events: 400, missing: 0, unserved: 0 },
  });
  expect(await recountWhile(5_000)).toMatchObject({ repaired: [], statement: { events: 0, missing: 0 } });
});

test("a recount finds what the journal never had", async () => {
  const lost = new Set([100, 700]);
  expect(await recountWhile(0, lost)).toMatchObject({ repaired: [100, 700], statement: { missing: 2 } });
  expect(await recountWhile(600, lost)).toMatchObject({ repaired: [700], statement: { missing: 1 } });
});
