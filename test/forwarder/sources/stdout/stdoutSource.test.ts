import { afterEach, beforeEach, expect, it } from "vitest";
import { loginId } from "../../../../forwarder/records/identity";
import { temporaryFolder } from "../../journal/records";
import { until } from "../../lanes/world";
import { claim, emitted, loginLine, ORGANIZATION, scriptId, signed } from "./lines";
import { PodsServer } from "./podsServer";
import { type Run, start } from "./rig";

let server: PodsServer;
let kubernetes: string;
let folder: string;
let run: Run | undefined;

beforeEach(async () => {
  server = new PodsServer();
  kubernetes = await server.listen();
  folder = temporaryFolder();
});
afterEach(async () => {
  await run?.stop();
  run = undefined;
  await server.close();
});

const ids = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => loginId(ORGANIZATION, scriptId(from + n)));
const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => loginLine(from + n));

async function begin(maxBytes?: number): Promise<Run> {
  run = start(kubernetes, folder, maxBytes);
  return run;
}

async function end(how: "stop" | "kill" = "stop"): Promise<void> {
  await run?.[how]();
  run = undefined;
}

async function untilLogins(to: number): Promise<void> {
  await until(() => run!.logins().length >= to, `${to} logins are in the journal`);
  expect(run!.logins().sort()).toEqual(ids(0, to).sort());
}

it("reads what is there at the start and what comes, of every pod and of new ones", async () => {
  server.addPod("zitadel-a");
  server.write("zitadel-a", lines(0, 3));
  await begin();
  await untilLogins(3);
  server.addPod("zitadel-b");
  server.write("zitadel-b", lines(3, 5));
  server.write("zitadel-a", lines(5, 6));
  await untilLogins(6);
  expect(run!.source.state()).toEqual({ fault: undefined, containers: 2 });
  expect(run!.source.ready()).toBe(true);
});

it("resumes where it stopped, with what was written meanwhile", async () => {
  server.addPod("zitadel-a");
  server.write("zitadel-a", lines(0, 3));
  await begin();
  await untilLogins(3);
  await end();
  server.write("zitadel-a", lines(3, 6));
  server.requests.length = 0;
  await begin();
  await untilLogins(6);
  expect(server.requests.find((url) => url.includes("/log?"))).toContain("sinceTime=");
  expect(run!.gaps()).toEqual([]);
});

it("takes both instances of a container that was restarted, while it follows and while it does not", async () => {
  server.addPod("zitadel-a");
  server.write("zitadel-a", lines(0, 2));
  await begin();
  await untilLogins(2);
  server.restartContainer("zitadel-a");
  server.write("zitadel-a", lines(2, 4));
  await untilLogins(4);
  await end();
  server.write("zitadel-a", lines(4, 6));
  server.restartContainer("zitadel-a");
  server.write("zitadel-a", lines(6, 8));
  await begin();
  await untilLogins(8);
  expect(run!.gaps()).toEqual([]);
});

it("takes all lines of both instances when the status tells of the restart late", async () => {
  server.addPod("zitadel-a");
  server.write("zitadel-a", lines(0, 2));
  await begin();
  await untilLogins(2);
  server.pods.statusLags = true;
  server.write("zitadel-a", lines(2, 4));
  server.restartContainer("zitadel-a");
  server.write("zitadel-a", lines(4, 6));
  await untilLogins(6);
  server.pods.publish();
  server.write("zitadel-a", lines(6, 7));
  await untilLogins(7);
});

it("takes what a pod wrote before it was deleted, and forgets the pod", async () => {
  server.addPod("zitadel-a");
  server.addPod("zitadel-b");
  server.write("zitadel-a", lines(0, 3));
  await begin();
  await untilLogins(3);
  server.write("zitadel-a", lines(3, 6));
  server.pods.deletePod("zitadel-a");
  await untilLogins(6);
  await until(() => run!.source.state().containers === 1, "only the other pod is followed");
  expect(run!.gaps()).toEqual([]);
});

it("reports lines that were rotated away while it was not there, with exact bounds", async () => {
  server.addPod("zitadel-a");
  const [, last] = server.write("zitadel-a", lines(0, 2));
  await begin();
  await untilLogins(2);
  await end();
  server.write("zitadel-a", lines(100, 200));
  server.pods.rotate("zitadel-a");
  const [first] = server.write("zitadel-a", lines(2, 4));
  await begin();
  await untilLogins(4);
  expect(run!.gaps()).toMatchObject([{ pod: "zitadel-a", container: "zitadel", from: last, to: first }]);
  expect(await run!.registry.getSingleMetricAsString("zitadel_siem_stdout_gaps_total")).toMatch(/ 1$/m);
  await end();
  await begin();
  expect(run!.gaps()).toHaveLength(1);
  server.write("zitadel-a", lines(4, 5));
  await untilLogins(5);
  expect(run!.gaps()).toHaveLength(1);
});

it("goes on without a gap when a log is rotated while it follows", async () => {
  server.addPod("zitadel-a");
  server.write("zitadel-a", lines(0, 2));
  await begin();
  await untilLogins(2);
  server.pods.rotate("zitadel-a");
  server.write("zitadel-a", lines(2, 4));
  await untilLogins(4);
  expect(run!.gaps()).toEqual([]);
});

it("reports a pod that was deleted while it was not there, from its last line on", async () => {
  server.addPod("zitadel-a");
  const [, last] = server.write("zitadel-a", lines(0, 2));
  await begin();
  await untilLogins(2);
  await end();
  server.pods.deletePod("zitadel-a");
  const before = new Date().toISOString();
  await begin();
  await until(() => run!.gaps().length > 0, "the gap is reported");
  const [gap] = run!.gaps();
  expect(gap).toMatchObject({ pod: "zitadel-a", from: last });
  expect([gap!.to.slice(0, 19), before.slice(0, 19)].sort()[0]).toBe(before.slice(0, 19));
});

it("reports what two restarts took away while it was not there, up to the instance that is still served", async () => {
  server.addPod("zitadel-a");
  const [last] = server.write("zitadel-a", lines(0, 1));
  await begin();
  await untilLogins(1);
  await end();
  server.restartContainer("zitadel-a");
  server.write("zitadel-a", lines(1, 2));
  server.restartContainer("zitadel-a");
  server.write("zitadel-a", lines(2, 3));
  await begin();
  await untilLogins(3);
  const [gap] = run!.gaps();
  expect(run!.gaps()).toHaveLength(1);
  expect(gap!.from).toBe(last);
  expect(gap!.to.endsWith(".000000000Z")).toBe(true);
});

it("goes on when the API server is restarted, when it refuses for a while, and when a watch expires", async () => {
  server.addPod("zitadel-a");
  server.write("zitadel-a", lines(0, 2));
  await begin();
  await untilLogins(2);
  await server.restart();
  server.write("zitadel-a", lines(2, 4));
  await untilLogins(4);
  server.refuse = () => 503;
  await server.restart();
  server.write("zitadel-a", lines(4, 5));
  server.refuse = undefined;
  await untilLogins(5);
  await until(() => server.pods.watched, "it watches again");
  server.pods.expireWatches();
  server.addPod("zitadel-b");
  server.write("zitadel-b", lines(5, 6));
  await untilLogins(6);
  expect(run!.gaps()).toEqual([]);
});

it.each([
  ["/pods", /rule .*resources: \["pods"\], verbs: \["list"\]/],
  ["/pods?watch", /resources: \["pods"\], verbs: \["watch"\]/],
  ["/log", /resources: \["pods\/log"\], verbs: \["get"\]/],
])(
  "names the rule that the Role lacks when %s is forbidden, and goes on once it is there",
  async (end, words) => {
    server.addPod("zitadel-a");
    server.refuse = (path) => (path.endsWith(end) ? 403 : undefined);
    await begin();
    await until(() => run!.source.state().fault !== undefined, "the fault is named");
    expect(run!.source.state().fault!.remedy).toMatch(words);
    expect(run!.source.ready()).toBe(false);
    server.refuse = undefined;
    server.write("zitadel-a", lines(0, 1));
    await untilLogins(1);
    await until(() => run!.source.ready(), "it is ready");
  },
);

it("reads lines that come in pieces, and takes one that is not finished only when it is", async () => {
  server.pieces = 7;
  server.addPod("zitadel-a");
  server.write("zitadel-a", [...lines(0, 20), "é".repeat(100_000), ...lines(20, 21)]);
  await begin();
  await untilLogins(21);
});

it("takes no line that is not the emitter's, of this instance, marked and signed with the organization's secret", async () => {
  server.addPod("zitadel-a");
  const fake = emitted(signed(claim(7)));
  server.write("zitadel-a", [
    emitted(signed(claim(1), ORGANIZATION, "a secret of organization B")),
    emitted(signed(claim(2), "another-organization")),
    emitted(signed(claim(3), ORGANIZATION), "json", "another instance"),
    signed(claim(4)),
    `time="2026-11-22T10:18:15Z" level=info msg="log record emitted" record=${signed(claim(5))}`,
    `time="2026-11-22T10:18:15Z" level=warning msg=${JSON.stringify(fake)}`,
    emitted(` ${signed(claim(6))}`),
    emitted(`user agent: ${fake}`),
    emitted(`user agent: ${fake}`, "json"),
    loginLine(0),
    // A copy of a line, logged by somebody else: it is the same record.
    loginLine(0),
  ]);
  await begin();
  await untilLogins(1);
  server.write("zitadel-a", [loginLine(1)]);
  await untilLogins(2);
  const metrics = await run!.registry.metrics();
  const counted = (reason: string) =>
    Number(new RegExp(`foreign_lines_total{reason="${reason}"} (\\d+)`).exec(metrics)?.[1] ?? 0);
  expect([
    counted("refused"),
    counted("other instance"),
    counted("other action"),
    counted("other line"),
  ]).toEqual([2, 1, 3, 3]);
  expect(metrics).toMatch(/stdout_repeated_total 1/);
});

it("waits at a line whose organization's secrets cannot be read, and takes it when they can", async () => {
  server.addPod("zitadel-a");
  await begin();
  run!.unreadable.secrets = true;
  server.write("zitadel-a", lines(0, 3));
  await until(() => run!.source.state().fault !== undefined, "the fault is named");
  expect(run!.source.state().fault!.remedy).toContain("logins.organizations");
  expect(run!.logins()).toEqual([]);
  run!.unreadable.secrets = false;
  await untilLogins(3);
  await until(() => run!.source.ready(), "it is ready");
});

it("loses nothing when it is killed again and again", async () => {
  const kills = 50;
  const logins = 5_000;
  server.addPod("zitadel-a");
  server.addPod("zitadel-b");
  let written = 0;
  const write = (to: number) => {
    for (; written < to; written += 1)
      server.write(written % 2 === 0 ? "zitadel-a" : "zitadel-b", [loginLine(written)]);
  };
  for (let kill = 0; kill < kills; kill += 1) {
    write(written + 50);
    await begin();
    const taken = () => run!.journal.status().lastPosition;
    const before = taken();
    if (kill % 2 === 0) await until(() => taken() > before, "something was taken");
    if (kill % 10 === 5) server.restartContainer("zitadel-a");
    write(written + 50);
    await end("kill");
  }
  expect(written).toBe(logins);
  await begin();
  await untilLogins(logins);
  expect(run!.gaps()).toEqual([]);
});
