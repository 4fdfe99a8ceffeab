import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { fire, setFire } from "./fire";
import { bundleWith, type PlantedBug } from "./plantedBundle";
import { Random, runSeed } from "./random";
import type { Stage } from "./stage";

/** Each is a bug that a forwarder could well have, planted into the sources of a bundle of its own. */
const bugs: PlantedBug[] = [
  {
    name: "an id without the creation time",
    file: "forwarder/records/identity.ts",
    find: "    String(identity.createdMicros),\n",
    replace: "",
  },
  {
    name: "the cursor committed before the records",
    file: "forwarder/journal/journal.ts",
    find: "    const { result, lastPosition } = this.#change(() => {\n",
    replace: `    transaction(this.database, () =>
      this.database.prepare("INSERT OR REPLACE INTO cursors (source, cursor) VALUES (?, ?)").run(source, cursor),
    );
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50); // a slow disk
    const { result, lastPosition } = this.#change(() => {\n`,
  },
  {
    name: "a bound off by a microsecond",
    file: "forwarder/sources/events/search.ts",
    find: "formatMicros(search.fromMicros - 1)",
    replace: "formatMicros(search.fromMicros)",
  },
  {
    name: "no sweep",
    file: "forwarder/sources/events/edges.ts",
    find: "swept: moved(edges.swept, delays.sweepMicros)",
    replace: "swept: moved(edges.swept, delays.settleMicros)",
  },
  {
    name: "the position moved over a gap in the acknowledgements",
    file: "forwarder/lanes/unbrokenRun.ts",
    find: "this.#entries.findIndex(({ done }) => done === undefined)",
    replace: "-1",
  },
];

const folder = mkdtempSync(join(tmpdir(), "zitadel-siem-planted-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let stage: Stage | undefined;
afterEach(async () => stage?.clear());

/** Events that did not arrive, and events that would not have but for a recount. */
async function lostUnderFire(bundle: string, name: string): Promise<number> {
  const seed = runSeed(name);
  const random = new Random(seed);
  const options = {
    seed,
    history: 60_000,
    pageMillis: 100,
    kills: 20,
    lateCommits: false,
    // Longer than it takes until the settled edge has surely passed.
    longPushSeconds: 200,
    sweepSeconds: 240,
    patience: 90,
    bundle,
  };
  stage = await setFire(random, options);
  const { ledger, recountFound } = await fire(stage, options, random);
  const { length: missing } = ledger.missing;
  console.log(
    `${name}: ${missing} of ${ledger.written} events missing, ${recountFound} found by a recount only`,
  );
  return missing + recountFound;
}

test("the forwarder as it is passes the fire that the planted bugs have to pass", async () => {
  const bundle = await bundleWith(undefined, join(folder, "as-it-is.cjs"));
  expect(await lostUnderFire(bundle, "as it is")).toBe(0);
});

describe("the fire shows", () => {
  test.each(bugs)("$name", async (bug) => {
    const bundle = await bundleWith(bug, join(folder, "planted.cjs"));
    expect(await lostUnderFire(bundle, bug.name)).toBeGreaterThan(0);
  });
});
