import { rmSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { temporaryFolder } from "../forwarder/journal/records";
import { ForwarderCluster } from "./forwarderCluster";
import { noticesIn } from "./ledger";
import { login, loginsIn, post, setLogins } from "./logins";
import { Random, runSeed } from "./random";
import { type Stage, until } from "./stage";

const LOGINS = 200;
/** How many times faster than real time ZITADEL and the forwarder live: a check waits five minutes for its record. */
const SPEED = 30;

let cluster: ForwarderCluster;
let stage: Stage | undefined;
beforeEach(async () => {
  cluster = await ForwarderCluster.start(temporaryFolder());
});
afterEach(async () => {
  await stage?.clear();
  await cluster.close();
});

test("logins that were answered 2xx and lost with the volume come from the events", async () => {
  stage = await setLogins({
    random: new Random(runSeed("logins and the volume lost")),
    speed: SPEED,
    forwarder: { checkpoint: cluster.url, serviceAccount: cluster.serviceAccount },
  });
  const { zitadel, forwarder, receiver, clock } = stage;
  /** A password check as ZITADEL writes it, and the call that its Action makes of it. */
  const signIn = async (n: number) => {
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
    return post(forwarder.webhookPort, call);
  };
  await forwarder.start();
  await until("webhook calls are taken", 60, async () => (await signIn(0)) === 204);
  await until("the first login arrives", 60, () => loginsIn(receiver.file).length > 0);

  receiver.down = true;
  const statuses = [];
  for (let n = 1; n <= LOGINS; n++) statuses.push(await signIn(n));
  expect(statuses.filter((status) => status === 204)).toHaveLength(LOGINS);
  const before = cluster.checkpoint?.writtenDate;
  await until("a checkpoint is written", 60, () => cluster.checkpoint?.writtenDate !== before);
  await forwarder.kill();
  rmSync(forwarder.journal, { recursive: true });
  receiver.down = false;
  await forwarder.start();

  const arrived = () => new Map(loginsIn(receiver.file).map((one) => [one.login.authRequest, one]));
  await until(
    "every login arrived",
    120,
    () => arrived().size > LOGINS,
    () => `${arrived().size} of ${LOGINS + 1}`,
    250,
  );
  const made = [...arrived().values()].filter(({ road }) => road === "events");
  console.log(
    `logins and the volume lost: ${LOGINS} answered 2xx and lost, ${made.length} came from the events`,
  );
  expect(made.length).toBeGreaterThanOrEqual(LOGINS);
  expect(noticesIn(receiver.file, "journal_lost")).toHaveLength(1);
});
