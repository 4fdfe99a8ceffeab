import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { JournalFullError } from "../../../forwarder/journal/sourceJournal";
import type { JournalRecord } from "../../../forwarder/records/record";
import { eventRecord, noticeRecord } from "../journal/records";
import { asStored, RunningLanes, ScriptedDestination, until, VisibleEvents } from "./world";

type Command =
  | { do: "write"; count: number; late: number }
  | { do: "notice" }
  | { do: "down" | "up" | "flaky"; lane: "a" | "b" }
  | { do: "turns"; count: number }
  | { do: "crash" };

const lane = fc.constantFrom("a" as const, "b" as const);
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("write" as const),
      count: fc.integer({ min: 1, max: 40 }),
      late: fc.nat(300),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("notice" as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom("down" as const, "up" as const, "flaky" as const), lane }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("turns" as const), count: fc.integer({ min: 1, max: 30 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("crash" as const) }) },
);

/** How often the runs met what they are about; a run that never does proves nothing. */
const met = { parked: 0, refusedCommits: 0, crashes: 0, lateIntoParked: 0 };

it("brings every record to every lane at least once, whatever is parked, late, failing or killed", async () => {
  await fc.assert(fc.asyncProperty(fc.array(command, { minLength: 10, maxLength: 60 }), run), {
    numRuns: Number(process.env.RUNS ?? 25),
    // A smaller example would take as long for each step towards it as the failing wait did.
    endOnFailure: true,
  });
  console.log("met", met);
  expect(Math.min(...Object.values(met))).toBeGreaterThan(0);
}, 300_000);

async function run(commands: Command[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "lanes-"));
  const destinations = { a: new ScriptedDestination(), b: new ScriptedDestination() };
  const zitadel = new VisibleEvents();
  const committed: JournalRecord[] = [];
  let running = new RunningLanes(folder, destinations, zitadel);
  let n = 0;
  let crashed = false;
  try {
    for (const step of commands) {
      if (step.do === "write") write(step);
      else if (step.do === "notice") commit([noticeRecord(n++)]);
      else if (step.do === "turns") await turns(step.count);
      else if (step.do === "crash") {
        await running.crash();
        crashed = true;
        met.crashes += 1;
        running = new RunningLanes(folder, destinations, zitadel);
      } else if (step.do === "flaky") {
        let times = 0;
        destinations[step.lane].answer = () =>
          times++ % 3 === 0 ? { kind: "acknowledged" } : { kind: "retry", reason: "flaky" };
      } else destinations[step.lane][step.do]();
      noGap();
    }
    for (const destination of Object.values(destinations)) destination.up();
    for (const [name, { received }] of Object.entries(destinations))
      await until(() => committed.every(({ id }) => received.has(id)), `lane ${name} has everything`);
    await until(() => running.journal.jobs().length === 0, "all jobs are done");
    if (!crashed) expect(duplicatesWithoutReason()).toEqual([]);
  } finally {
    await running.crash();
    rmSync(folder, { recursive: true, force: true });
  }

  function write({ count, late }: { count: number; late: number }): void {
    const records = Array.from({ length: count }, (_, index) => {
      n += 1;
      const { createdMicros } = eventRecord(n);
      // One of them was created earlier than it became visible.
      return eventRecord(n, {
        bytes: 6000,
        createdMicros: index === 0 ? createdMicros - late * 1000 : undefined,
      });
    });
    if (late > 0 && running.journal.jobs().length > 0) met.lateIntoParked += 1;
    commit(records);
  }

  function commit(records: JournalRecord[]): void {
    // ZITADEL shows an event before the forwarder reads it.
    zitadel.records.push(...records.filter(({ source }) => source === "events"));
    try {
      running.journal.commit("events", records, "{}");
      committed.push(...records);
    } catch (error) {
      if (!(error instanceof JournalFullError)) throw error;
      met.refusedCommits += 1;
    }
    if (running.journal.jobs().length > 0) met.parked += 1;
    expect(running.journal.status().usedBytes).toBeLessThanOrEqual(1 << 20);
  }

  /** What a lane has not delivered is in the journal behind its position, or in one of its jobs. */
  function noGap(): void {
    for (const [name, { received }] of Object.entries(destinations)) {
      const held = idsHeldFor(name);
      const jobs = running.journal.jobs().filter((job) => job.lane === name);
      const missing = committed.filter(
        ({ id, createdMicros }) =>
          !received.has(id) &&
          !held.has(id) &&
          !jobs.some((job) => createdMicros >= job.fromMicros && createdMicros < job.toMicros),
      );
      expect(missing.map(({ body }) => body.slice(0, 60))).toEqual([]);
    }
  }

  /** What the lane would take from the journal from its position on, slice after slice. */
  function idsHeldFor(name: string): Set<string> {
    const { journal } = running;
    const ids = new Set<string>();
    for (let after = journal.lane(name).acknowledged; ; ) {
      const { records, through } = journal.slice(name, after, { maxRecords: 1e6, maxBytes: 1e9 }, asStored);
      for (const { id } of records) ids.add(id);
      if (through <= after) return ids;
      after = through;
    }
  }

  /** A lane that was never parked, in a run without a crash, gets nothing twice. */
  function duplicatesWithoutReason(): string[] {
    return Object.entries(destinations)
      .filter(([name]) => running.journal.lane(name).eventsFrom === 0)
      .flatMap(([, { received }]) => [...received].filter(([, times]) => times > 1).map(([id]) => id));
  }
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await new Promise((resolve) => setTimeout(resolve, 0));
}
