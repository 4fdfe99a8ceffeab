import { afterEach, beforeEach, expect, test } from "vitest";
import { temporaryFolder } from "../forwarder/journal/records";
import { ForwarderCluster } from "./forwarderCluster";
import { noticesIn } from "./ledger";
import { loggedLogins, login, loginsIn, logLine, setLogins } from "./logins";
import { Random, runSeed } from "./random";
import { type Stage, until } from "./stage";

const KILLS = 50;
const LOGINS = 5_000;
const PODS = ["zitadel-a", "zitadel-b"];
/** At every so manieth kill a container is restarted before it. */
const RESTART_EVERY = 10;

let cluster: ForwarderCluster;
let stage: Stage | undefined;
beforeEach(async () => {
  cluster = await ForwarderCluster.start(temporaryFolder());
});
afterEach(async () => {
  await stage?.clear();
  await cluster.close();
});

test("a login that is in a pod's log is never lost, however often the forwarder is killed", async () => {
  const random = new Random(runSeed("stdout kills"));
  stage = await setLogins(
    { random, forwarder: { checkpoint: cluster.url, serviceAccount: cluster.serviceAccount } },
    loggedLogins(cluster.pods.namespace),
  );
  const { zitadel, forwarder, receiver } = stage;
  for (const pod of PODS) cluster.pods.addPod(pod);
  const logged = new Set<string>();
  /** People sign in until there are so many lines of them in the logs. */
  const signInUntil = (count: number) => {
    while (logged.size < count) {
      const { recordId, call } = login(logged.size % 2 ? "A" : "B");
      const line = logLine(call, zitadel.instanceId, random.between(0, 1) ? "text" : "json");
      cluster.pods.write(PODS[random.between(0, PODS.length - 1)]!, ["level=info msg=other", line]);
      logged.add(recordId);
    }
  };
  const arrived = () => receiver.arrivedLogins;

  let waiting = 0;
  let restarts = 0;
  for (let kill = 1; kill <= KILLS; kill++) {
    const end = (kill * LOGINS) / KILLS;
    signInUntil(end - random.between(60, 90));
    await forwarder.start();
    // Any moment from the first record on, most of them amid the reading of a log.
    const least = random.between(arrived().size + 1, logged.size);
    await until(`${least} logins have arrived`, 60, () => arrived().size >= least, undefined, 0);
    if (kill % RESTART_EVERY === 0) {
      // Of an instance before the previous one nothing is served any more.
      await until("every login has arrived", 60, () => arrived().size >= logged.size);
      signInUntil(end - random.between(30, 45));
      cluster.pods.restartContainer(PODS[restarts++ % PODS.length]!);
    }
    signInUntil(end - random.between(0, 30));
    waiting += logged.size - arrived().size;
    await forwarder.kill();
  }
  signInUntil(LOGINS);
  await forwarder.start();
  await until(
    "every login of the logs is at the receiver",
    60,
    () => arrived().size >= logged.size,
    () => `${arrived().size} of ${logged.size}`,
    100,
  );
  const records = loginsIn(receiver.file);
  const ids = new Set(records.map(({ id }) => id));
  const missing = [...logged].filter((id) => !ids.has(id));
  const unknown = [...ids].filter((id) => !logged.has(id));
  const gaps = noticesIn(receiver.file, "stdout_gap");
  console.log(
    `stdout kills: ${logged.size} logins in the logs of ${PODS.length} pods, ${ids.size} arrived, ` +
      `${missing.length} missing, ${records.length - ids.size} duplicates, ${unknown.length} unknown; ` +
      `${KILLS} kills with ${waiting} logins that had not arrived, ${restarts} restarts of a container`,
  );
  expect(missing).toEqual([]);
  expect(unknown).toEqual([]);
  expect(gaps).toEqual([]);
  expect(logged.size).toBe(LOGINS);
  expect(forwarder.starts).toBe(KILLS + 1);
  // Without these no kill struck a login on its way.
  expect(waiting).toBeGreaterThan(KILLS);
});
