import { afterEach, beforeEach, expect, test } from "vitest";
import { temporaryFolder } from "../forwarder/journal/records";
import { ForwarderCluster } from "./forwarderCluster";
import { noticesIn } from "./ledger";
import { type ArrivedLogin, loggedLogins, login, loginsIn, logLine, setLogins } from "./logins";
import { Random, runSeed } from "./random";
import { type Stage, until } from "./stage";

/** How many times faster than real time ZITADEL and the forwarder live: a check waits five minutes for its record. */
const SPEED = 30;
const POD = "zitadel-a";
const LOST = 100;

let cluster: ForwarderCluster;
let stage: Stage | undefined;
beforeEach(async () => {
  cluster = await ForwarderCluster.start(temporaryFolder(), () => BigInt(stage!.clock.now()) * 1000n);
});
afterEach(async () => {
  await stage?.clear();
  await cluster.close();
});

test("logins whose log was rotated away while the forwarder was down come from the events, beside the gap's bounds", async () => {
  stage = await setLogins(
    {
      random: new Random(runSeed("stdout gap")),
      speed: SPEED,
      forwarder: { checkpoint: cluster.url, serviceAccount: cluster.serviceAccount },
    },
    loggedLogins(cluster.pods.namespace),
  );
  const { zitadel, forwarder, receiver, clock } = stage;
  let people = 0;
  /** A password check as ZITADEL writes it, and the line that its Action logs; gives the request's id and the line's time. */
  const signIn = async () => {
    people += 1;
    const authRequest = `V2_${people}`;
    const user = `user-${people}`;
    await zitadel.store.push([
      {
        aggregateType: "user",
        aggregateId: user,
        eventType: "user.human.password.check.failed",
        resourceOwner: "A",
        editorUser: zitadel.adminKey.userId,
        payload: { id: authRequest, userAgentID: "agent" },
      },
    ]);
    const time = new Date(clock.now() / 1000).toISOString();
    const { call } = login("A", { time, authRequest, user: { id: user } });
    const [at] = cluster.pods.write(POD, [logLine(call, zitadel.instanceId)]);
    return { authRequest, at: at! };
  };
  const signInAll = async (count: number) => {
    const signedIn = [];
    for (let one = 0; one < count; one++) signedIn.push(await signIn());
    return signedIn;
  };
  const arrived = (source: string) =>
    loginsIn(receiver.file).flatMap((one: ArrivedLogin) =>
      one.source === source ? [one.login.authRequest] : [],
    );

  cluster.pods.addPod(POD);
  await forwarder.start();
  // Checks are watched from the first event of their organization on.
  const before = await signInAll(20);
  await until("what was logged has arrived", 60, () => arrived("stdout").length >= before.length);
  await stage.everythingArrived(60);
  await forwarder.kill();
  const lost = await signInAll(LOST);
  cluster.pods.rotate(POD);
  const after = await signInAll(5);
  await forwarder.start();

  await until(
    "the lost logins have come from the events",
    120,
    () => arrived("events").length >= LOST,
    () => `${arrived("events").length} of ${LOST}`,
    250,
  );
  const [gap, ...more] = noticesIn(receiver.file, "stdout_gap");
  console.log(
    `stdout gap: ${before.length} logins read before, ${LOST} rotated away, ${after.length} read after it; ` +
      `${arrived("events").length} came from the events; gap from ${gap?.from} to ${gap?.to}`,
  );
  expect(gap).toMatchObject({ pod: POD, container: "zitadel", from: before.at(-1)!.at, to: after[0]!.at });
  expect(more).toEqual([]);
  const ids = (logins: { authRequest: string }[]) => logins.map(({ authRequest }) => authRequest);
  expect(arrived("events").toSorted()).toEqual(ids(lost).toSorted());
  expect([...new Set(arrived("stdout"))].toSorted()).toEqual(ids([...before, ...after]).toSorted());
});
