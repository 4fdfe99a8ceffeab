import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { temporaryFolder } from "../../journal/records";
import { type Attempt, BEGIN, FirstReplica, Replica, reportedOf, SECOND, serve } from "./world";

let first: FirstReplica;
let second: Replica;
let peer: Awaited<ReturnType<typeof serve>>;

beforeEach(async () => {
  const folder = temporaryFolder();
  second = new Replica(join(folder, "1"));
  peer = await serve(second);
  first = new FirstReplica(join(folder, "0"), [peer.url]);
});
afterEach(() => {
  peer.close();
  first.end();
  second.end();
});

const attempt = (n: number, seconds: number, more: Partial<Attempt> = {}): Attempt => ({
  n,
  at: seconds * SECOND,
  authRequest: "request",
  outcome: "success",
  ...more,
});
const times = () => first.made().map(({ login }) => (Date.parse(login.time) * 1000 - BEGIN) / SECOND);
async function lookAt(seconds: number): Promise<void> {
  first.through = seconds * SECOND;
  await first.look();
}
const metric = async (name: string) =>
  Number(/ (\d+)$/m.exec(await first.registry.getSingleMetricAsString(`zitadel_siem_logins_${name}`))![1]);

it("sends a check that no script reported as a record, once, when its time has passed", async () => {
  first.read([attempt(0, 10)]);
  await lookAt(70);
  expect(times()).toEqual([]);
  await lookAt(71);
  expect(times()).toEqual([10]);
  expect(await metric("missing_total")).toBe(1);
  first.restart();
  await lookAt(100);
  first.read([attempt(0, 10)]);
  await lookAt(200);
  expect(times()).toEqual([10]);
});

it("sends nothing for a check that was reported here or at another replica, before or after its event was read", async () => {
  first.take([reportedOf(attempt(0, 10), SECOND)]);
  first.read([attempt(0, 10), attempt(1, 20, { authRequest: "other" })]);
  second.take([reportedOf(attempt(1, 20, { authRequest: "other" }), SECOND)]);
  first.restart();
  await lookAt(200);
  expect(times()).toEqual([]);
  expect(await metric("reported_total")).toBe(2);
});

it("judges again what may have waited in a journal that was lost", async () => {
  first.readDelivered([attempt(0, -20)]);
  await lookAt(100);
  expect(times()).toEqual([]);
  first.source.journalLost({ deliveredMicros: BEGIN });
  first.restart();
  first.readDelivered([attempt(1, -661), attempt(2, -640), attempt(3, -20)]);
  await lookAt(100);
  expect(times().toSorted((a, b) => a - b)).toEqual([-640, -20]);
});

it("tells attempts of one authentication request apart by their time", async () => {
  const wrong = { outcome: "failure" } as const;
  first.read([attempt(0, 10, wrong), attempt(1, 20, wrong), attempt(2, 30, wrong), attempt(3, 40)]);
  first.take([reportedOf(attempt(0, 10, wrong), SECOND), reportedOf(attempt(2, 30, wrong), SECOND)]);
  await lookAt(81);
  await lookAt(200);
  expect(times()).toEqual([20, 40]);
});

it("takes a record that comes after its check was sent for no other check's", async () => {
  first.read([attempt(0, 10), attempt(1, 25)]);
  await lookAt(71);
  expect(times()).toEqual([10]);
  first.take([reportedOf(attempt(0, 10), SECOND)]);
  await lookAt(200);
  expect(times()).toEqual([10, 25]);
  expect(await metric("late_total")).toBe(1);
  expect(await metric("reported_total")).toBe(0);
});

it("counts a record that came to two replicas once", async () => {
  first.read([attempt(0, 10), attempt(1, 20)]);
  first.take([reportedOf(attempt(0, 10), SECOND)]);
  second.take([reportedOf(attempt(0, 10), SECOND)]);
  await lookAt(75);
  await lookAt(200);
  expect(times()).toEqual([20]);
});

it("learns a record that belongs to a check no second time from a replica, for a check whose event is read late", async () => {
  second.take([reportedOf(attempt(1, 30), SECOND)]);
  first.read([attempt(1, 30)]);
  await lookAt(155);
  first.read([attempt(0, 15)]);
  await lookAt(160);
  expect(times()).toEqual([15]);
});

it("waits for a replica that does not answer, says so, and not for ever", async () => {
  first.read([attempt(0, 10), attempt(1, 20, { authRequest: "other" })]);
  second.take([reportedOf(attempt(0, 10), SECOND)]);
  peer.state.up = false;
  await lookAt(300);
  expect(times()).toEqual([]);
  expect(first.source.state().waiting).toMatch(/answered 503/);
  expect(await metric("verdicts_waiting")).toBe(1);
  expect(await metric("peer_failures_total")).toBe(1);
  expect(first.log.filter(({ msg }) => msg === "checks wait for their verdict")).toHaveLength(1);
  peer.state.up = true;
  await lookAt(310);
  expect(times()).toEqual([20]);
  expect(first.source.state().waiting).toBeUndefined();

  first.read([attempt(2, 320)]);
  peer.state.up = false;
  await lookAt(320 + 60 + 600);
  expect(times()).toEqual([20]);
  await lookAt(320 + 60 + 601);
  expect(times()).toEqual([20, 320]);
});

it("waits for logs that are not read so far yet", async () => {
  first.read([attempt(0, 10)]);
  first.logsThrough = 5 * SECOND;
  await lookAt(200);
  expect(times()).toEqual([]);
  first.take([reportedOf(attempt(0, 10), SECOND)]);
  first.logsThrough = 200 * SECOND;
  await lookAt(201);
  expect(times()).toEqual([]);
});

it("watches from the time at which it began, also after a restart", async () => {
  first.read([attempt(0, -10)]);
  await lookAt(10);
  first.restart();
  first.through = 500 * SECOND;
  first.read([attempt(1, -5), attempt(2, 20)]);
  await lookAt(600);
  expect(times()).toEqual([20]);
  expect(first.source.state().since).toEqual({ A: "2026-11-22T10:00:00.000000Z" });
});

it("says that scripts are silent while checks happen and none reports, until one does", async () => {
  const silent = async () => [await metric("silent"), first.source.state().silent !== undefined];
  first.read(Array.from({ length: 9 }, (_, n) => attempt(n, n, { authRequest: `${n}` })));
  await lookAt(100);
  expect(await silent()).toEqual([0, false]);
  first.read([attempt(9, 110, { authRequest: "9" })]);
  await lookAt(200);
  expect(await silent()).toEqual([1, true]);
  expect(first.source.ready()).toBe(true);
  expect(first.source.state().silent).toMatch(/Login V2/);
  expect(first.log.some(({ msg }) => /Login V2/.test(String(msg)))).toBe(true);
  first.restart();
  expect(await silent()).toEqual([1, true]);
  first.read([attempt(10, 210, { authRequest: "10" })]);
  second.take([reportedOf(attempt(10, 210, { authRequest: "10" }), SECOND)]);
  await lookAt(300);
  expect(await silent()).toEqual([0, false]);
  expect(times()).toHaveLength(10);
});

it("tells another replica nothing that names a person, and nothing without a salt", async () => {
  second.take([reportedOf(attempt(0, 10), SECOND)]);
  const ask = async (query: string) => {
    const answer = await fetch(`${peer.url}/logins?${query}`);
    return { status: answer.status, text: await answer.text() };
  };
  expect((await ask("from=0&to=1")).status).toBe(400);
  expect((await ask("salt=short&from=0&to=1")).status).toBe(400);
  const one = await ask(`salt=${"s".repeat(16)}&from=${BEGIN}&to=${BEGIN + 60 * SECOND}`);
  const other = await ask(`salt=${"t".repeat(16)}&from=${BEGIN}&to=${BEGIN + 60 * SECOND}`);
  expect(one.text).toMatch(
    /^\{"journal":"[0-9a-f-]{36}","undeliveredMicros":\d+,"reports":\[\["[0-9a-f]{32}","[0-9a-f]{32}",\d+\]\]\}$/,
  );
  expect(other.text).not.toBe(one.text);
  expect((await ask(`salt=${"s".repeat(16)}&from=0&to=1`)).text).toMatch(/"reports":\[\]\}$/);
});
