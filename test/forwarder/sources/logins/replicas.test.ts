import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { temporaryFolder } from "../../journal/records";
import { type Attempt, BEGIN, FirstReplica, Replica, reportedOf, SECOND, serve } from "./world";

let first: FirstReplica;
let others: { replica: Replica; peer: Awaited<ReturnType<typeof serve>> }[];

beforeEach(async () => {
  const folder = temporaryFolder();
  others = await Promise.all(
    ["1", "2"].map(async (ordinal) => {
      const replica = new Replica(join(folder, ordinal));
      return { replica, peer: await serve(replica) };
    }),
  );
  first = new FirstReplica(
    join(folder, "0"),
    others.map(({ peer }) => peer.url),
  );
});
afterEach(() => {
  first.end();
  for (const { replica, peer } of others) {
    peer.close();
    replica.end();
  }
});

const second = () => others[0]!.replica;
const third = () => others[1]!.replica;
const attempt = (n: number, seconds: number): Attempt => ({
  n,
  at: seconds * SECOND,
  authRequest: `request ${n}`,
  outcome: "success",
});
const reported = (one: Attempt) => reportedOf(one, SECOND);
/** When the checks happened of which records were made, seconds. */
const times = () =>
  first
    .made()
    .map(({ login }) => (Date.parse(login.time) * 1000 - BEGIN) / SECOND)
    .toSorted((a, b) => a - b);
async function lookAt(seconds: number): Promise<void> {
  first.through = seconds * SECOND;
  await first.look();
}
/** Looks until nothing is left to be judged again. */
async function lookUntilJudged(): Promise<void> {
  do await first.look();
  while (first.source.state().recheck);
}
const notices = () => first.notices("replica_journal_lost");
const lost = async () =>
  Number(
    / (\d+)$/m.exec(
      await first.registry.getSingleMetricAsString("zitadel_siem_replica_journals_lost_total"),
    )![1],
  );

it("tells that another replica lost its journal, and sends the logins that were lost with it", async () => {
  const [own, delivered, gone, elsewhere] = [
    attempt(0, 10),
    attempt(1, 200),
    attempt(2, 300),
    attempt(3, 310),
  ];
  const all = [own, delivered, gone, elsewhere];
  first.take([reported(own), reported({ ...attempt(4, 320) })]);
  second().take([reported(delivered)]);
  second().deliver();
  second().take([reported(gone)]);
  third().take([reported(elsewhere)]);
  first.read([...all, attempt(4, 320)]);
  await lookAt(500);
  expect(times(), "each was reported by a script").toEqual([]);
  expect(first.source.state().replicas).toEqual({
    1: { deliveredThrough: "2026-11-22T10:05:00.000000Z", waiting: true },
    2: { deliveredThrough: "2026-11-22T10:05:00.000000Z", waiting: true },
  });

  second().loseVolume();
  await lookAt(510);
  expect(await lost()).toBe(1);
  expect(first.source.state().recheck).toEqual({
    from: "2026-11-22T10:04:30.000000Z",
    to: "2026-11-22T10:08:30.000000Z",
  });
  expect(first.log.filter(({ msg }) => /^replica 1 has another journal/.test(String(msg)))).toHaveLength(1);
  await lookUntilJudged();
  await lookUntilJudged();
  expect(times(), "what was delivered, is here or at the third is not sent").toEqual([300]);
  expect(notices()).toMatchObject([{ replica: 1, from: "2026-11-22T10:05:00.000000Z" }]);
  first.restart();
  await lookAt(600);
  expect([times(), notices().length, await lost()]).toEqual([[300], 1, 0]);
});

it("judges again from where the lost journal's records were not delivered any more, and no sooner", async () => {
  first.read([attempt(0, 70), attempt(1, 200)]);
  second().take([reported(attempt(0, 70)), reported(attempt(1, 200))]);
  second().deliver();
  await lookAt(400);
  second().loseVolume();
  await lookAt(410);
  await lookUntilJudged();
  expect(first.readAgain).toEqual([{ from: 360 - 30, to: 410 }]);
  expect([times(), await lost()]).toEqual([[], 1]);
});

it("judges again part by part, goes on after a restart, and tells the loss once", async () => {
  const many = Array.from({ length: 150 }, (_, n) => attempt(n, 10 + n));
  first.read(many);
  second().take(many.map(reported));
  await lookAt(500);
  expect(times()).toEqual([]);
  second().loseVolume();
  await lookAt(510);
  await first.look();
  const judged = times().length;
  expect(judged).toBeGreaterThan(0);
  // Of the last ones the neighbours are not all read again.
  expect(first.source.state().recheck?.from).toBe("2026-11-22T10:01:49.000001Z");
  expect(judged).toBeLessThan(100 - 30);
  first.restart();
  await lookUntilJudged();
  await first.look();
  expect([times(), notices().length]).toEqual([many.map(({ at }) => at / SECOND), 1]);
});

it("knows the other replicas' journals from the checkpoint where all volumes are lost at once", async () => {
  first.read([attempt(0, 100)]);
  second().take([reported(attempt(0, 100))]);
  await lookAt(500);
  const checkpoint = { deliveredMicros: BEGIN + 490 * SECOND, logins: first.source.checkpoint() };
  first.loseVolume();
  second().loseVolume();
  first.restart();
  first.source.journalLost(JSON.parse(JSON.stringify(checkpoint)));
  await lookAt(500);
  await lookUntilJudged();
  expect([notices().length, times()]).toEqual([1, [100]]);
});

it("takes a drained replica that was scaled in and comes back with a new claim for no loss", async () => {
  second().take([reported(attempt(0, 10))]);
  second().deliver();
  await lookAt(100);
  const { peers } = first;
  first.peers = [];
  first.restart();
  second().loseVolume();
  await lookAt(200);
  first.peers = peers;
  first.restart();
  await lookAt(300);
  expect([await lost(), notices().length]).toEqual([0, 0]);
});

it("says that a replica was scaled in with logins not delivered, and that they are lost when it comes back without them", async () => {
  first.read([attempt(0, 10)]);
  second().take([reported(attempt(0, 10))]);
  await lookAt(100);
  const { peers } = first;
  const scaled = (to: string[]) => {
    first.peers = to;
    first.restart();
  };
  scaled([]);
  const warnings = first.log.filter(({ msg }) => /was scaled in/.test(String(msg)));
  expect(warnings).toMatchObject([{ replica: 1 }]);
  expect(first.source.state().replicas).toMatchObject({ 1: { waiting: true } });

  scaled(peers);
  await lookAt(200);
  expect([await lost(), notices().length], "its claim was kept").toEqual([0, 0]);
  scaled([]);
  second().loseVolume();
  scaled(peers);
  await lookAt(300);
  expect(await lost()).toBe(1);
  await lookUntilJudged();
  expect(times()).toEqual([10]);
});

it("says nothing of replicas before the first event was read", async () => {
  first.through = -BEGIN;
  await first.look();
  expect(first.source.state().replicas).toBeUndefined();
});
