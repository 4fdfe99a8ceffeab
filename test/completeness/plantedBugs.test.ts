import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, type onTestFinished, test } from "vitest";
import { BATCH, fire, setFire } from "./fire";
import { bundleWith, type PlantedBug } from "./plantedBundle";
import { Random, runSeed } from "./random";

/** Events of old: kills fall into the time in which they are read. */
const LONG_HISTORY = 30_000;
/** Enough where a bug shows in every window, or in what is written meanwhile. */
const SHORT_HISTORY = 10_000;

/** Each is a bug that a forwarder could well have, planted into the sources of a bundle of its own. */
const bugs: (PlantedBug & { history?: number })[] = [
  {
    name: "an id without the creation time",
    history: SHORT_HISTORY,
    file: "forwarder/records/identity.ts",
    find: "    String(identity.createdMicros),\n",
    replace: "",
  },
  {
    name: "the cursor committed before the records",
    file: "forwarder/journal/journal.ts",
    find: "    return this.#admit(records, () => this.#intake.take(source, records, cursor, reportForks));\n",
    replace: `    transaction(this.database, () =>
      this.database.prepare("INSERT OR REPLACE INTO cursors (source, cursor) VALUES (?, ?)").run(source, cursor),
    );
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50); // a slow disk
    return this.#admit(records, () => this.#intake.take(source, records, cursor, reportForks));\n`,
  },
  {
    name: "a bound off by a microsecond",
    history: SHORT_HISTORY,
    file: "forwarder/zitadel/search.ts",
    find: "formatMicros(search.fromMicros - 1)",
    replace: "formatMicros(search.fromMicros)",
  },
  {
    name: "no sweep",
    history: SHORT_HISTORY,
    file: "forwarder/sources/events/edges.ts",
    find: "swept: moved(edges.swept, delays.sweepMicros)",
    replace: "swept: moved(edges.swept, delays.settleMicros)",
  },
  {
    name: "the position moved over a gap in the acknowledgements",
    file: "forwarder/lanes/acknowledgementTracker.ts",
    find: "this.#batches.findIndex(({ done }) => done === undefined)",
    replace: "-1",
  },
];

const folder = mkdtempSync(join(tmpdir(), "zitadel-siem-planted-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Events that did not arrive, and events that would not have but for a recount. */
async function lostUnderFire(
  bundle: string,
  name: string,
  finished: typeof onTestFinished,
  history = LONG_HISTORY,
): Promise<number> {
  const seed = runSeed(name);
  const random = new Random(seed);
  const options = {
    seed,
    history,
    pageMillis: 200,
    kills: 20,
    // The position must not move over a batch that has no answer, however many after it have.
    overtakenBy: BATCH.inFlight,
    lateCommits: false,
    // Longer than it takes until the settled edge has surely passed.
    longPushSeconds: 200,
    sweepSeconds: 240,
    patience: 300,
    bundle,
  };
  const stage = await setFire(random, options);
  finished(() => stage.clear());
  const { ledger, recountFound } = await fire(stage, options, random);
  const { length: missing } = ledger.missing;
  console.log(
    `${name}: ${missing} of ${ledger.written} events missing, ${recountFound} found by a recount only`,
  );
  return missing + recountFound;
}

// Side by side: most of each is waiting.
describe.concurrent("the fire", () => {
  test("is passed by the forwarder as it is", async ({ onTestFinished }) => {
    const bundle = await bundleWith(undefined, join(folder, "as-it-is.cjs"));
    expect(await lostUnderFire(bundle, "as it is", onTestFinished)).toBe(0);
  });
  for (const bug of bugs)
    test(`shows ${bug.name}`, async ({ onTestFinished }) => {
      const bundle = await bundleWith(bug, join(folder, `${bugs.indexOf(bug)}.cjs`));
      expect(await lostUnderFire(bundle, bug.name, onTestFinished, bug.history)).toBeGreaterThan(0);
    });
});
