import { execFileSync } from "node:child_process";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, test } from "vitest";
import type { ForwarderProcess } from "./forwarderProcess";
import { databaseOf, lastLine, Stages, write } from "./journalStages";
import { expectLogged, logOf, untilFault, untilReady } from "./readiness";

const stages = new Stages();
const mounts: string[] = [];
afterEach(async () => {
  await stages.kill();
  for (const mount of mounts.splice(0)) execFileSync("umount", [mount]);
  await stages.clear();
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
      const stage = await stages.set();
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

    test("that has no space for a new journal ends the start with a line", async () => {
      const { forwarder } = await stages.set();
      const disk = mountFor(forwarder, 4);
      disk.fill();
      await forwarder.start();
      expect(await forwarder.ended()).toBe(2);
      expect(lastLine(forwarder)).toMatch(
        /^JournalRefusedError: the journal's volume has space for \d+ bytes .*: free space on it or enlarge it$/,
      );
      disk.free();
      await forwarder.start();
      await untilReady(forwarder);
    });

    test("does not keep it from ending or being killed, and a start on it says what to do", async () => {
      const stage = await stages.set();
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
