import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { CallersLedger, login, loginsIn, post, setLogins } from "./logins";
import { Random, runSeed } from "./random";
import { type Stage, until } from "./stage";

const KILLS = 50;
const LOGINS = 5_000;
const CALLERS = 8;

let stage: Stage | undefined;
afterEach(async () => stage?.clear());

test("a login that was answered 2xx is never lost, however often the forwarder is killed", async () => {
  const random = new Random(runSeed("webhook kills"));
  stage = await setLogins({ random });
  const { forwarder, receiver, folder } = stage;
  receiver.faultChance = 0.1;
  const ledger = new CallersLedger(join(folder, "answered.txt"));
  const tried = new Set<string>();
  const statuses: Record<string, number> = {};
  let ended = false;
  let underWay = 0;

  // Each login is tried once, as ZITADEL does.
  const caller = async () => {
    while (!ended) {
      const { recordId, call } = login(tried.size % 2 ? "A" : "B");
      tried.add(recordId);
      underWay += 1;
      const status = await post(forwarder.webhookPort, call);
      underWay -= 1;
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status === 204) ledger.accepted(recordId);
      else await delay(20);
    }
  };
  await forwarder.start();
  const callers = Array.from({ length: CALLERS }, caller);
  let interrupted = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const least = Math.ceil(((kill + 1) * LOGINS) / KILLS) - random.between(0, 50);
    await until(`${least} logins were answered`, 60, () => ledger.answered >= least, undefined, 0);
    if (underWay > 0) interrupted += 1;
    await forwarder.kill();
    await forwarder.start();
  }
  await until("all logins were answered", 60, () => ledger.answered >= LOGINS);
  ended = true;
  await Promise.all(callers);
  receiver.faultChance = 0;
  const answered = ledger.ids();
  const allArrived = () => {
    const there = new Set(loginsIn(receiver.file).map(({ id }) => id));
    return answered.every((id) => there.has(id));
  };
  await until(
    "every login that was answered 2xx is at the receiver",
    60,
    allArrived,
    () => `${loginsIn(receiver.file).length} arrivals of ${answered.length} answered`,
    250,
  );
  const arrived = loginsIn(receiver.file);
  const ids = new Set(arrived.map(({ id }) => id));
  const missing = answered.filter((id) => !ids.has(id));
  const unknown = [...ids].filter((id) => !tried.has(id));
  console.log(
    `webhook kills: ${tried.size} logins, ${answered.length} answered 2xx, ${ids.size} arrived, ` +
      `${missing.length} missing, ${arrived.length - ids.size} duplicates, ${unknown.length} unknown; ` +
      `${KILLS} kills, ${interrupted} with calls under way; answers: ${JSON.stringify(statuses)}`,
  );
  expect(missing).toEqual([]);
  expect(unknown).toEqual([]);
  expect(answered.length).toBeGreaterThanOrEqual(LOGINS);
  expect(forwarder.starts).toBe(KILLS + 1);
  expect(interrupted).toBeGreaterThan(KILLS / 2);
  // Without these no kill struck a call.
  expect(statuses["no answer"]).toBeGreaterThan(KILLS);
});
