import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { temporaryFolder } from "../forwarder/journal/records";
import { ForwarderCluster } from "./forwarderCluster";
import { ForwarderProcess, freePort } from "./forwarderProcess";
import { noticesIn } from "./ledger";
import { login, loginSecrets, loginsIn, post, setLogins } from "./logins";
import { Random, runSeed } from "./random";
import { type Stage, until } from "./stage";

const LOGINS = 200;
/** How many times faster than real time ZITADEL and the forwarder live: a check waits five minutes for its record. */
const SPEED = 30;

let cluster: ForwarderCluster;
let stage: Stage;
let second: ForwarderProcess | undefined;
beforeEach(async () => {
  cluster = await ForwarderCluster.start(temporaryFolder());
});
afterEach(async () => {
  if (second?.running) await second.kill();
  second = undefined;
  await stage.clear();
  await cluster.close();
});

/** Ordinal 0 and what it reads and delivers to. */
async function setFirst(name: string, peers: string[] = []): Promise<void> {
  const { url: checkpoint, serviceAccount } = cluster;
  stage = await setLogins({
    random: new Random(runSeed(name)),
    speed: SPEED,
    forwarder: { checkpoint, serviceAccount, peers },
  });
}

/** A password check as ZITADEL writes it, and the call that its Action makes of it, to one of the replicas. */
async function signIn(n: number, replica: ForwarderProcess) {
  const { zitadel, clock } = stage;
  const authRequest = `V2_${n}`;
  await zitadel.store.push([
    {
      aggregateType: "user",
      aggregateId: `user-${n}`,
      eventType: "user.human.password.check.failed",
      resourceOwner: "A",
      editorUser: zitadel.adminKey.userId,
      payload: { id: authRequest, userAgentID: "agent" },
    },
  ]);
  const time = new Date(clock.now() / 1000).toISOString();
  const { call } = login("A", { time, authRequest, user: { id: `user-${n}` } });
  return post(replica.webhookPort, call);
}

/** Signs people in who are answered 2xx while the destination takes nothing. */
async function signInUndelivered(replica: ForwarderProcess): Promise<void> {
  const { forwarder, receiver } = stage;
  await until("webhook calls are taken", 60, async () => (await signIn(0, replica)) === 204);
  await until("the first login arrives", 60, () => loginsIn(receiver.file).length > 0);
  await until("checks are watched", 60, async () => {
    const page = await forwarder.health("/readyz");
    return JSON.parse(page?.text ?? "{}").logins?.since?.A !== undefined;
  });
  receiver.down = true;
  const statuses = [];
  for (let n = 1; n <= LOGINS; n++) statuses.push(await signIn(n, replica));
  expect(statuses.filter((status) => status === 204)).toHaveLength(LOGINS);
}

/** Waits for every login, and says of how many there is only the event. */
async function everyLoginMade(what: string): Promise<void> {
  const arrived = () => new Map(loginsIn(stage.receiver.file).map((one) => [one.login.authRequest, one]));
  await until(
    "every login arrived",
    120,
    () => arrived().size > LOGINS,
    () => `${arrived().size} of ${LOGINS + 1}`,
    250,
  );
  const made = [...arrived().values()].filter(({ source }) => source === "events");
  console.log(`${what}: ${LOGINS} answered 2xx and lost, ${made.length} came from the events`);
  expect(made.length).toBeGreaterThanOrEqual(LOGINS);
}

test("logins that were answered 2xx and lost with the volume come from the events", async () => {
  await setFirst("logins and the volume lost");
  const { forwarder, receiver } = stage;
  await forwarder.start();
  await signInUndelivered(forwarder);
  const before = cluster.checkpoint?.writtenDate;
  await until("a checkpoint is written", 60, () => cluster.checkpoint?.writtenDate !== before);
  await forwarder.kill();
  rmSync(forwarder.journal, { recursive: true });
  receiver.down = false;
  await forwarder.start();
  await everyLoginMade("logins and the volume lost");
  expect(noticesIn(receiver.file, "journal_lost")).toHaveLength(1);
});

test("logins that were lost with another replica's volume come from the events, though it had told of them", async () => {
  const healthPort = await freePort();
  await setFirst("logins and another replica's volume lost", [`http://127.0.0.1:${healthPort}`]);
  const { forwarder, receiver, folder, configuration, zitadel } = stage;
  second = new ForwarderProcess({
    folder: join(folder, "second"),
    configuration,
    secrets: { "zitadel/key.json": JSON.stringify(zitadel.adminKey), ...loginSecrets },
    clock: { speed: SPEED },
    pod: "zitadel-siem-forwarder-1",
    healthPort,
  });
  await second.start();
  await forwarder.start();
  await signInUndelivered(second);
  await until(
    "the checks are decided: scripts have reported them",
    60,
    async () => ((await stage.metric("zitadel_siem_logins_reported_total")) ?? 0) >= LOGINS,
    () => forwarder.readLog().split("\n").slice(-5).join("\n"),
  );
  await second.kill();
  rmSync(second.journal, { recursive: true });
  receiver.down = false;
  await second.start();
  await everyLoginMade("logins and another replica's volume lost");
  await until("the loss is told", 30, () => noticesIn(receiver.file, "replica_journal_lost").length > 0);
  expect(noticesIn(receiver.file, "replica_journal_lost")).toHaveLength(1);
  expect(noticesIn(receiver.file, "journal_lost")).toEqual([]);
  expect(await stage.metric("zitadel_siem_replica_journals_lost_total")).toBe(1);
});
