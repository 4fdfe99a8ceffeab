import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, test } from "vitest";
import { schemaSteps } from "../../forwarder/journal/schema";
import { ForwarderProcess } from "./forwarderProcess";
import { databaseOf, lastLine, Stages, write } from "./journalStages";
import { type Peer, startPeer } from "./peer";
import { expectLogged, logOf, readinessOf, untilReady } from "./readiness";
import { type Stage, until } from "./stage";

const stages = new Stages();
const peers: Peer[] = [];
afterEach(async () => {
  await stages.clear();
  for (const peer of peers.splice(0)) await peer.close();
});

/** A forwarder besides the stage's own: another folder, another log, perhaps the same journal. */
function another(stage: Stage, name: string, journal = stage.forwarder.journal): ForwarderProcess {
  const secrets = { "zitadel/key.json": JSON.stringify(stage.zitadel.adminKey) };
  const folder = join(stage.folder, name);
  const other = new ForwarderProcess({ folder, configuration: stage.configuration, secrets });
  Object.assign(other, { journal });
  return other;
}

describe("a journal", () => {
  test("of another instance ends the start with a line that names both, and is left as it is", async () => {
    const [first, second] = [await stages.set(), await stages.set()];
    await first.forwarder.start();
    await first.everythingArrived(60);
    expect(await first.forwarder.stop()).toBe(0);
    const foreign = another(second, "foreign", first.forwarder.journal);
    await foreign.start();
    expect(await foreign.ended()).toBe(2);
    expect(lastLine(foreign)).toMatch(
      new RegExp(
        `^JournalRefusedError: .* instance ${first.zitadel.instanceId}, .* instance ${second.zitadel.instanceId}: set zitadel.issuer back, or give`,
      ),
    );
    expect(second.receiver.arrived.size).toBe(0);
    await write(first, 100, "afterwards");
    await first.forwarder.start();
    expect(await first.everythingArrived(60)).toMatchObject({ missing: [], duplicates: 0 });
  });

  test("of a newer schema ends the start with a line that says which, and is left as it is", async () => {
    const { forwarder, ...stage } = await stages.set();
    await forwarder.start();
    await untilReady(forwarder);
    expect(await forwarder.stop()).toBe(0);
    setSchema(forwarder, 7);
    const before = statSync(databaseOf(forwarder)).size;
    await forwarder.start();
    expect(await forwarder.ended()).toBe(2);
    expect(lastLine(forwarder)).toMatch(
      /^JournalRefusedError: the journal has schema 7 and this version of the forwarder knows \d: run the newer/,
    );
    expect(statSync(databaseOf(forwarder)).size).toBe(before);
    setSchema(forwarder, schemaSteps.length);
    await forwarder.start();
    await untilReady(forwarder);
    expect(stage.zitadel).toBeDefined();
  });

  test("that another process holds ends the start with a line; the one that holds it goes on", async () => {
    const stage = await stages.set();
    await stage.forwarder.start();
    await untilReady(stage.forwarder);
    const second = another(stage, "second");
    for (let attempt = 0; attempt < 3; attempt++) {
      await second.start();
      expect(await second.ended()).toBe(2);
      expect(lastLine(second)).toBe(
        "JournalRefusedError: another process holds the journal: only one forwarder may use its folder, stop the other one",
      );
    }
    await write(stage, 300, "during");
    expect(await stage.everythingArrived(60)).toMatchObject({ missing: [], duplicates: 0 });
    await untilReady(stage.forwarder);
  });

  test("that is damaged is kept aside, salvaged and reported; nothing is lost", async () => {
    let refused: string | undefined;
    const peer = await startPeer(({ body }) => {
      const ids = body.trimEnd().split("\n");
      refused ??= (JSON.parse(ids[3]!) as { id: string }).id;
      return { status: refused !== undefined && body.includes(refused) ? 400 : 204 };
    });
    peers.push(peer);
    const stage = await stages.set({
      configuration: (plain) => ({
        ...plain,
        destinations: [...plain.destinations, { name: "strict", http: { url: peer.url } }],
      }),
    });
    const { forwarder } = stage;
    await write(stage, 2_000, "before");
    await forwarder.start();
    await stage.everythingArrived(60);
    await until("a record is refused and set aside", 60, async () => (await deadLetters(forwarder)) === 1);
    expect(await forwarder.stop()).toBe(0);
    const damagedPages = damage(forwarder);
    await write(stage, 500, "meanwhile");

    await forwarder.start();
    await untilReady(forwarder);
    expect(await stage.everythingArrived(60)).toMatchObject({ missing: [], different: [], unknown: [] });
    const kept = readdirSync(forwarder.journal).filter((name) =>
      /^journal\.db\.corrupt-\d{8}T\d{6}Z$/.test(name),
    );
    expect(kept).toHaveLength(1);
    expect(statSync(join(forwarder.journal, kept[0]!)).size).toBeGreaterThan(damagedPages * 4096);
    const said = logOf(forwarder).find(({ msg }) => /the journal was damaged: it is kept aside/.test(msg));
    expect(said).toMatchObject({ level: "error", deadLetters: 1, keptAs: expect.stringContaining(kept[0]!) });
    expect(await deadLetters(forwarder)).toBeGreaterThanOrEqual(1);

    expect(await stage.metric("zitadel_siem_damaged_journals")).toBe(1);
    const notices = () => readFileSync(stage.receiver.file, "utf8").split(`"type":"journal_damaged"`);
    await until("the notice arrives", 60, () => notices().length === 2);
    expect(notices()[1]).toContain(kept[0]);
    expect(await forwarder.stop()).toBe(0);
    rmSync(join(forwarder.journal, kept[0]!));
    await forwarder.start();
    await untilReady(forwarder);
    expect(await stage.metric("zitadel_siem_damaged_journals")).toBe(0);
  });

  test("that is no database at all is kept aside too", async () => {
    const stage = await stages.set();
    writeFileSync(databaseOf(stage.forwarder), "this is no database, but somebody put it here\n".repeat(300));
    await stage.forwarder.start();
    await untilReady(stage.forwarder);
    expect(await stage.everythingArrived(60)).toMatchObject({ missing: [], duplicates: 0 });
    expectLogged(stage.forwarder, /the journal was damaged: it is kept aside/, /a new one was begun/);
  });
});

function setSchema(forwarder: ForwarderProcess, version: number): void {
  const database = new DatabaseSync(databaseOf(forwarder));
  database.exec(`PRAGMA user_version = ${version}`);
  database.close();
}

async function deadLetters(forwarder: ForwarderProcess): Promise<number> {
  const readiness = await readinessOf(forwarder);
  return readiness?.lanes.find(({ destination }) => destination === "strict")?.deadLetters ?? 0;
}

/** Overwrites pages of the table of ids, the largest; returns how many. */
function damage(forwarder: ForwarderProcess): number {
  const file = databaseOf(forwarder);
  const database = new DatabaseSync(file);
  const pages = database
    .prepare("SELECT pageno FROM dbstat WHERE name = 'ids' AND pagetype = 'leaf' ORDER BY pageno LIMIT 8")
    .all()
    .map(({ pageno }) => Number(pageno));
  database.close();
  expect(pages.length).toBeGreaterThan(0);
  const open = openSync(file, "r+");
  for (const page of pages) writeSync(open, Buffer.alloc(4096, 0xa5), 0, 4096, (page - 1) * 4096);
  closeSync(open);
  return pages.length;
}
