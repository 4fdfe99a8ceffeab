import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startZitadel, type Zitadel } from "../../local/zitadel/server";
import { StartedRun } from "./startedRun";

/** Milliseconds until a run must have come to the moment that a test waits for. */
const START_DEADLINE = 240_000;
const CREATION = "/management/v1/users/machine";
/** Interruptions of a person who loses patience. */
const TIMES = 6;

let folder: string;
let zitadel: Zitadel;
let runs: StartedRun[];
let before: Awaited<ReturnType<typeof held>>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "zitadel-siem-test-"));
  runs = [];
  zitadel = await startZitadel();
  before = await held();
});

afterEach(async ({ task }) => {
  for (const run of runs) {
    if (task.result?.state === "fail") console.log(run.output);
    run.remove();
  }
  await zitadel.close();
  rmSync(folder, { recursive: true, force: true });
});

function start(args: readonly string[]): StartedRun {
  const run = new StartedRun(args, { ...process.env });
  runs.push(run);
  return run;
}

function startTrial(...more: string[]): StartedRun {
  const key = join(folder, "key.json");
  writeFileSync(key, JSON.stringify(zitadel.adminKey));
  return start(["--zitadel", zitadel.url, "--key", key, "--org", zitadel.organizationId, "--yes", ...more]);
}

function until(condition: () => unknown): Promise<unknown> {
  return vi.waitUntil(condition, { timeout: START_DEADLINE, interval: 5 });
}

/** The users that ZITADEL holds, by its events, and who has a role. */
async function held(): Promise<{ users: string[]; members: string[] }> {
  const eventTypes = ["user.machine.added", "user.human.added", "user.removed"];
  const rows = await zitadel.store.search({ ascending: true, limit: 1000, eventTypes, aggregateTypes: [] });
  const users = new Set<string>();
  for (const row of rows) {
    if (row.event_type === "user.removed") users.delete(row.aggregate_id);
    else users.add(row.aggregate_id);
  }
  return { users: [...users], members: zitadel.members.search([]).map(({ userId }) => userId) };
}

async function expectNothingRuns(run: StartedRun): Promise<void> {
  await vi.waitFor(() => expect(run.processes()).toEqual([]), { timeout: 20_000 });
}

describe("a trial of npm start in a ZITADEL that was there before", () => {
  const moments: Record<string, (run: StartedRun) => unknown> = {
    "as the service account is created": () => zitadel.requests.has(`POST ${CREATION}`),
    "as it takes everything down": ({ output }) => output.includes("pulumi destroy"),
  };
  it.each(Object.entries(moments))(
    "leaves nothing when interrupted again and again %s",
    async (_name, moment) => {
      const run = startTrial("--for", "1s");
      await until(() => moment(run));
      run.interruptAgainAndAgain(TIMES);
      await run.exitCode;
      expect(run.output).toContain("everything that the run started and created is gone");
      expect(await held()).toEqual(before);
      await expectNothingRuns(run);
      expect(run.leftovers()).toEqual([]);
    },
  );

  it("removes a service account of whose creation ZITADEL's answer was lost", async () => {
    zitadel.faults.inject({ kind: "cut" }, 1, CREATION);
    const run = startTrial();
    expect(await run.exitCode).toBe(1);
    expect(run.output).toMatch(/removed from http:\S+: user \d{18} ".+" of the organization/);
    expect(await held()).toEqual(before);
    expect(run.leftovers()).toEqual([]);
  });

  it("names what is left where ZITADEL is away at the end, and the command that removes it then does", async () => {
    const run = startTrial();
    await until(() => /delivered [1-9]/.test(run.output));
    zitadel.faults.inject({ kind: "close" }, Number.POSITIVE_INFINITY, "/");
    run.interruptAgainAndAgain(TIMES);
    expect(await run.exitCode).not.toBe(0);
    const [reader, ...others] = (await held()).users.filter((id) => !before.users.includes(id));
    expect(others).toEqual([]);
    expect(run.output).toMatch(
      new RegExp(`left in ${zitadel.url}: user ${reader} "[\\w-]+" of the organization`),
    );
    expect(run.output).not.toContain("everything that the run started and created is gone");
    const [, folder] = /this removes it: npm start -- --remove (\S+)/.exec(run.output)!;

    const tooEarly = start(["--remove", folder!]);
    expect(await tooEarly.exitCode).toBe(1);
    expect(tooEarly.output).toContain(`left in ${zitadel.url}: user ${reader} `);

    zitadel.faults.clear();
    const removal = start(["--remove", folder!]);
    expect(await removal.exitCode, removal.output).toBe(0);
    expect(removal.output).toContain(`removed from ${zitadel.url}: user ${reader} `);
    expect(await held()).toEqual(before);
    expect(run.leftovers()).toEqual([]);
  });
});
