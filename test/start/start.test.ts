import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readRecords } from "../../local/receiver";
import { startZitadel } from "../../local/zitadel/server";
import { startTraffic } from "../../local/zitadel/traffic";
import { StartedRun } from "./startedRun";

/** Milliseconds until a run must have begun to deliver. */
const START_DEADLINE = 240_000;

let runs: StartedRun[];
let folder: string;

beforeEach(() => {
  runs = [];
  folder = mkdtempSync(join(tmpdir(), "zitadel-siem-test-"));
});

afterEach(({ task }) => {
  for (const run of runs) {
    if (task.result?.state === "fail") console.log(run.output);
    run.remove();
  }
  rmSync(folder, { recursive: true, force: true });
});

function start(args: readonly string[], environment?: NodeJS.ProcessEnv): StartedRun {
  const run = new StartedRun(args, environment);
  runs.push(run);
  return run;
}

/** Waits for the first line of progress that shows delivered records. */
async function untilDelivering(run: StartedRun): Promise<void> {
  const ended = run.exitCode.then((code) => {
    throw new Error(`the run ended with exit code ${code}:\n${run.output}`);
  });
  ended.catch(() => undefined);
  await Promise.race([
    ended,
    vi.waitUntil(() => /delivered [1-9]/.test(run.output), { timeout: START_DEADLINE }),
  ]);
}

async function expectNothingLeft(run: StartedRun): Promise<void> {
  await vi.waitFor(
    () => {
      expect(run.processes()).toEqual([]);
      expect(run.leftovers()).toEqual([]);
    },
    { timeout: 20_000 },
  );
}

describe("npm start", () => {
  it("delivers everything, ends by itself and leaves nothing behind, in a hostile environment too", async () => {
    const trap = await openTrap();
    try {
      const run = start(["--for", "5s"], trap.environment);
      expect(await run.exitCode, run.output).toBe(0);
      expect(run.output).toMatch(/written (\d{3,}), delivered \1, missing 0/);
      expect(run.output).toContain(
        "in ZITADEL 2 Action, InstanceMember, MachineKey, MachineUser, 2 TriggerActions; on this machine 3 ConfigMap",
      );
      expect(run.output).toMatch(
        /signed in: [1-9]\d* with the right password, [1-9]\d* with a wrong one, [1-9]\d* by an identity provider, [1-9]/,
      );
      expect(run.output).toMatch(/logins: ([3-9]|\d\d) checks, \1 reported, missing 0; .*; 0 more than once/);
      expect(run.output).toMatch(/pulumi destroy: deleted 3\d resources/);
      await expectNothingLeft(run);
      expect(trap.sprung()).toEqual([]);
    } finally {
      await trap.close();
    }
  });

  it("takes everything down on Ctrl-C, and says what arrived until then", async () => {
    const run = start([]);
    await untilDelivering(run);
    expect(run.processes().length).toBeGreaterThan(1);
    run.interrupt();
    expect(await run.exitCode, run.output).toBe(0);
    expect(run.output).toMatch(/missing 0, 0 more than once/);
    expect(run.output).toContain("everything that the run started and created is gone");
    await expectNothingLeft(run);
  });

  it("takes everything down on Ctrl-C in the middle of pulumi up", async () => {
    const run = start([]);
    await vi.waitUntil(() => run.output.includes("pulumi up: the root stack"), { timeout: START_DEADLINE });
    run.interrupt();
    await run.exitCode;
    expect(run.output).toContain("everything that the run started and created is gone");
    await expectNothingLeft(run);
  });

  it("leaves no process and no folder when it is killed", async () => {
    const run = start([]);
    await untilDelivering(run);
    run.kill();
    await expectNothingLeft(run);
  });

  it("fails when a record is missing", async () => {
    const busy = createServer((_request, response) => response.writeHead(503).end());
    await new Promise<void>((resolve) => busy.listen(0, "127.0.0.1", resolve));
    try {
      const run = start(["--to", `http://127.0.0.1:${(busy.address() as AddressInfo).port}/records`]);
      await vi.waitUntil(() => / written /.test(run.output), { timeout: START_DEADLINE });
      run.interrupt();
      expect(await run.exitCode).toBe(1);
      expect(run.output).toMatch(/written \d+, delivered 0, missing [1-9]/);
      expect(run.output).toContain("nothing was delivered; the forwarder says:");
    } finally {
      busy.closeAllConnections();
      busy.close();
    }
  });

  it("signs people in, whose logins reach a receiver of the caller's by webhook and by log", async () => {
    const records: Arrived[] = [];
    const receiver = createServer((request, response) => {
      const body: Buffer[] = [];
      request.on("data", (part: Buffer) => body.push(part));
      request.on("end", () => {
        records.push(...(readRecords(gunzipSync(Buffer.concat(body)).toString()) as Arrived[]));
        response.end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    try {
      const run = start(["--to", `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/in`]);
      const ended = run.exitCode.then((code) => {
        throw new Error(`the run ended with exit code ${code}:\n${run.output}`);
      });
      ended.catch(() => undefined);
      // Its calls go to each replica in turn, its log is read by one: so some arrive twice, under one id.
      const enough = () => {
        const logins = loginsById(records);
        return logins.length >= 3 && logins.some((arrivals) => arrivals.length > 1);
      };
      await Promise.race([ended, vi.waitUntil(enough, { timeout: START_DEADLINE })]);
      run.interrupt();
      expect(await run.exitCode, run.output).toBe(0);
      const [, delivered] = /delivered (\d+), missing 0$/m.exec(run.output) ?? [];
      expect(Number(delivered)).toBeGreaterThan(100);
      expect(records.filter(({ event }) => event).length).toBeGreaterThanOrEqual(Number(delivered));
      expectReported(records, run.output);
    } finally {
      receiver.closeAllConnections();
      receiver.close();
    }
  });

  it("reads a ZITADEL that was there before, and leaves it as it found it", async () => {
    const zitadel = await startZitadel();
    const traffic = startTraffic(zitadel, { seed: 7, eventsPerSecond: 10 });
    const keyFile = join(folder, "key.json");
    writeFileSync(keyFile, JSON.stringify(zitadel.adminKey));
    const args = ["--zitadel", zitadel.url, "--key", keyFile, "--org", zitadel.organizationId];
    const members = () => zitadel.members.search([]);
    const before = members();
    try {
      const refused = start(args);
      expect(await refused.exitCode).toBe(1);
      expect(refused.output).toContain(
        "to be created until the end of the run, in ZITADEL InstanceMember, MachineKey, MachineUser;",
      );
      expect(refused.output).toContain("nobody can be asked here: say --yes");
      expect(members()).toEqual(before);

      const run = start([...args, "--yes", "--for", "5s"]);
      expect(await run.exitCode, run.output).toBe(0);
      expect(run.output).toMatch(/written (\d{2,}), delivered \1, missing 0/);
      expect(members()).toEqual(before);
      await expectNothingLeft(run);
    } finally {
      await traffic.stop();
      await zitadel.close();
    }
  });
});

/** A record as a receiver gets it, as far as the tests look at it. */
interface Arrived {
  id: string;
  source: string;
  event?: { type: { type: string }; aggregate: { id: string }; payload?: { id?: string } };
  login?: { flow: string; outcome: string; authRequest?: string; user?: { id: string; loginName?: string } };
}

/** The arrivals of each login record. */
function loginsById(records: readonly Arrived[]): Arrived[][] {
  const arrivals = new Map<string, Arrived[]>();
  for (const one of records) if (one.login) arrivals.set(one.id, [...(arrivals.get(one.id) ?? []), one]);
  return [...arrivals.values()];
}

/** Every check among the events has its login record, each record came from a source once, and nothing else is there. */
function expectReported(records: readonly Arrived[], output: string): void {
  const logins = loginsById(records);
  for (const [first, ...more] of logins) {
    for (const one of more) expect(one.login).toEqual(first!.login);
    const sources = [first!, ...more].map(({ source }) => source);
    expect(sources.toSorted()).toEqual([...new Set(sources)].toSorted());
  }
  expect(new Set(logins.flat().map(({ source }) => source))).toEqual(new Set(["webhook", "stdout"]));

  const reported = logins.map(
    ([one]) => `${one!.login!.authRequest} ${one!.login!.flow} ${one!.login!.outcome}`,
  );
  const checks = records.flatMap(({ event }) => {
    const [, what, end] =
      /^user\.human\.(password|externallogin)\.check\.(\w+)$/.exec(event?.type.type ?? "") ?? [];
    const flow = what === "password" ? "internal" : "external";
    return what ? [`${event!.payload?.id} ${flow} ${end === "succeeded" ? "success" : "failure"}`] : [];
  });
  expect(reported.toSorted()).toEqual([...new Set(checks)].toSorted());
  const signedIn =
    /signed in: (\d+) with the right password, (\d+) with a wrong one, (\d+) by an identity provider, (\d+) by/;
  const [, right, wrong, external, unknown] = (signedIn.exec(output) ?? []).map(Number);
  const count = (kind: string) => reported.filter((one) => one.endsWith(kind)).length;
  expect([count("internal success"), count("internal failure"), count("external success")]).toEqual([
    right,
    wrong,
    external,
  ]);
  expect(Math.min(right!, wrong!, external!, unknown!)).toBeGreaterThan(0);
  expect(JSON.stringify(logins)).not.toContain("nobody.");
  console.log(
    `${reported.length} logins: ${right} right, ${wrong} wrong, ${external} external, ${unknown} unknown and silent; ` +
      `${logins.filter(({ length }) => length > 1).length} came from both sources under one id`,
  );
}

/** Everything by which a person's own set-up could be reached; it notes each connection and each start. */
async function openTrap() {
  const notes = join(folder, "notes");
  const connections: string[] = [];
  const servers: Server[] = [];
  const listen = async (name: string) => {
    const server = createTcpServer((socket) => {
      connections.push(name);
      socket.destroy();
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const kubeconfig = join(folder, "kubeconfig");
  const cluster = await listen("kubeconfig");
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "mine",
      contexts: [{ name: "mine", context: { cluster: "mine", user: "mine" } }],
      clusters: [{ name: "mine", cluster: { server: cluster } }],
      users: [{ name: "mine", user: { token: "mine" } }],
    }),
  );
  const bin = join(folder, "bin");
  const pulumiHome = join(folder, "pulumi-home");
  for (const name of ["zitadel", "kubernetes", "random"]) {
    for (const path of [bin, join(pulumiHome, "plugins", `resource-${name}-v99.0.0`)]) {
      mkdirSync(path, { recursive: true });
      const plugin = join(path, `pulumi-resource-${name}`);
      writeFileSync(plugin, `#!/bin/sh\necho ${plugin} >> ${notes}\nexit 1\n`);
      chmodSync(plugin, 0o755);
    }
  }
  const backend = await listen("backend");
  return {
    environment: {
      ...process.env,
      PATH: `${bin}:${process.env.PATH}`,
      KUBECONFIG: kubeconfig,
      PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
      PULUMI_BACKEND_URL: backend,
      PULUMI_API: backend,
      PULUMI_ACCESS_TOKEN: "pul-mine",
      PULUMI_HOME: pulumiHome,
      PULUMI_CONFIG_PASSPHRASE: "mine",
      PULUMI_STACK: "mine",
      HTTPS_PROXY: await listen("proxy"),
      AWS_ACCESS_KEY_ID: "mine",
      AWS_ENDPOINT_URL: await listen("aws"),
      GOOGLE_CREDENTIALS: "mine",
      ZITADEL_DOMAIN: "mine.example.com",
    },
    sprung: () => [
      ...connections,
      ...(existsSync(notes) ? readFileSync(notes, "utf8").trim().split("\n") : []),
    ],
    close: () => Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve)))),
  };
}
