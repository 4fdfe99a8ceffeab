import { execFileSync } from "node:child_process";
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
import { type Peer, startPeer } from "./peer";
import { Random } from "./random";
import { expectLogged, logOf, readinessOf, untilFault, untilReady } from "./readiness";
import { Stage, type StageOptions, until } from "./stage";

const stages: Stage[] = [];
const peers: Peer[] = [];
const mounts: string[] = [];
afterEach(async () => {
  for (const { forwarder } of stages) await forwarder.kill();
  for (const mount of mounts.splice(0)) execFileSync("umount", [mount]);
  for (const stage of stages.splice(0)) await stage.clear();
  for (const peer of peers.splice(0)) await peer.close();
});

async function set(options: Partial<StageOptions> = {}): Promise<Stage> {
  const stage = await Stage.set({ random: new Random(1), ...options });
  stages.push(stage);
  return stage;
}

const databaseOf = (forwarder: ForwarderProcess) => join(forwarder.journal, "journal.db");

/** The last line that a start ended with, which is for a person. */
function lastLine(forwarder: ForwarderProcess): string {
  return forwarder.readLog().trimEnd().split("\n").at(-1)!;
}

/** A forwarder besides the stage's own: another folder, another log, perhaps the same journal. */
function another(stage: Stage, name: string, journal = stage.forwarder.journal): ForwarderProcess {
  const secrets = { "zitadel/key.json": JSON.stringify(stage.zitadel.adminKey) };
  const folder = join(stage.folder, name);
  const other = new ForwarderProcess({ folder, configuration: stage.configuration, secrets });
  Object.assign(other, { journal });
  return other;
}

async function write({ zitadel }: Stage, count: number, name: string): Promise<void> {
  for (let at = 0; at < count; at += 100)
    await zitadel.store.push(
      Array.from({ length: 100 }, (_, index) => ({
        aggregateType: "user",
        aggregateId: `${name}-${at + index}`,
        eventType: "user.locked",
        resourceOwner: zitadel.organizationId,
        editorUser: zitadel.adminKey.userId,
      })),
    );
}

describe("a journal", () => {
  test("of another instance ends the start with a line that names both, and is left as it is", async () => {
    const [first, second] = [await set(), await set()];
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
    const { forwarder, ...stage } = await set();
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
    const stage = await set();
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
    const stage = await set({
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
    const stage = await set();
    writeFileSync(databaseOf(stage.forwarder), "this is no database, but somebody put it here\n".repeat(300));
    await stage.forwarder.start();
    await untilReady(stage.forwarder);
    expect(await stage.everythingArrived(60)).toMatchObject({ missing: [], duplicates: 0 });
    expectLogged(stage.forwarder, /the journal was damaged: it is kept aside/, /a new one was begun/);
  });
});

const root = process.getuid?.() === 0;
describe.skipIf(!root)(
  `a full disk (a small file system is mounted: ${root ? "as root" : "needs root, SKIPPED"})`,
  () => {
    /** A file system of its own for the journal, in memory. */
    function mountFor(forwarder: ForwarderProcess, mebibytes: number): { fill(): void; free(): void } {
      execFileSync("mount", ["-t", "tmpfs", "-o", `size=${mebibytes}m`, "tmpfs", forwarder.journal]);
      mounts.push(forwarder.journal);
      const ballast = join(forwarder.journal, "ballast");
      return {
        fill() {
          const file = openSync(ballast, "a");
          for (const size of [1 << 16, 1 << 12, 1])
            for (let full = false; !full; )
              try {
                writeSync(file, Buffer.alloc(size));
              } catch (error) {
                expect((error as NodeJS.ErrnoException).code).toBe("ENOSPC");
                full = true;
              }
          closeSync(file);
        },
        free: () => rmSync(ballast),
      };
    }

    const reason = /the volume takes nothing more/;
    const remedy = /free space on the journal's volume or enlarge it/;

    test("stops intake, is shown, and is over when there is space again; nothing is lost", async () => {
      const stage = await set();
      const { forwarder } = stage;
      const disk = mountFor(forwarder, 12);
      await write(stage, 500, "before");
      await forwarder.start();
      await stage.everythingArrived(60);
      await untilReady(forwarder);

      disk.fill();
      await write(stage, 3_000, "full");
      await untilFault(forwarder, "journal", reason, remedy);
      expectLogged(forwarder, /volume takes no more/, /free space on it or enlarge it/);
      expect(await stage.metric("zitadel_siem_journal_full")).toBe(1);
      const status = JSON.parse((await forwarder.status())!.text);
      expect(status.journal).toMatchObject({ volumeFailed: true });
      expect((await forwarder.health("/livez"))!.status).toBe(200);
      expect(stage.compare().missing.length).toBeGreaterThan(0);

      disk.free();
      await untilReady(forwarder);
      const ledger = await stage.everythingArrived(60);
      console.log(`full disk: ${ledger.written} events, ${ledger.duplicates} duplicates, 0 missing`);
      expect(ledger).toMatchObject({ missing: [], different: [], unknown: [], duplicates: 0 });
      expect(await stage.metric("zitadel_siem_journal_full")).toBe(0);
      expect(await forwarder.stop()).toBe(0);
      logOf(forwarder);
      expectWhole(forwarder);
    });

    test("that has no room for a new journal ends the start with a line", async () => {
      const { forwarder } = await set();
      const disk = mountFor(forwarder, 4);
      disk.fill();
      await forwarder.start();
      expect(await forwarder.ended()).toBe(2);
      expect(lastLine(forwarder)).toMatch(
        /^JournalRefusedError: the journal's volume has room for \d+ bytes .*: free space on it or enlarge it$/,
      );
      disk.free();
      await forwarder.start();
      await untilReady(forwarder);
    });

    test("does not keep it from ending or being killed, and a start on it says what to do", async () => {
      const stage = await set();
      const { forwarder } = stage;
      const disk = mountFor(forwarder, 12);
      await write(stage, 500, "before");
      await forwarder.start();
      await stage.everythingArrived(60);
      disk.fill();
      await write(stage, 3_000, "full");
      await untilFault(forwarder, "journal", reason, remedy);
      expect(await forwarder.stop()).toBe(0);
      disk.fill();
      logOf(forwarder);

      for (const end of ["stop", "kill"] as const) {
        await forwarder.start();
        const shown = await Promise.race([
          untilFault(forwarder, "journal", reason, remedy).then(() => "readiness"),
          forwarder.ended().then(() => "end"),
        ]);
        if (shown === "end") expect(lastLine(forwarder)).toMatch(/: free space on it or enlarge it/);
        else await forwarder[end]();
        disk.fill();
      }
      disk.free();
      await forwarder.start();
      await untilReady(forwarder);
      expect(await stage.everythingArrived(60)).toMatchObject({ missing: [], different: [], unknown: [] });
      expect(forwarder.readLog()).not.toMatch(/^\s+at /m);
      expect(await forwarder.stop()).toBe(0);
      expectWhole(forwarder);
    });
  },
);

/** The journal's file is sound. */
function expectWhole(forwarder: ForwarderProcess): void {
  const database = new DatabaseSync(databaseOf(forwarder), { readOnly: true });
  expect(database.prepare("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
  database.close();
}

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
