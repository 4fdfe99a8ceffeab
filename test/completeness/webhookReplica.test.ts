import { afterEach, expect, test } from "vitest";
import { login, loginsIn, post, setLogins } from "./logins";
import { Random } from "./random";
import { untilReady } from "./readiness";
import { type Stage, until } from "./stage";

/** Where nothing listens: the port of a protocol that nobody uses. */
const NOBODY = "http://127.0.0.1:9";

let stage: Stage | undefined;
afterEach(async () => stage?.clear());

test("a replica takes calls once ZITADEL said whose they are, and from then on without ZITADEL; it reads no events", async () => {
  stage = await setLogins({
    random: new Random(1),
    forwarder: { pod: "zitadel-siem-forwarder-1" },
    configuration: (plain) => ({
      ...plain,
      zitadel: { ...plain.zitadel, credentials: { machineKeyFiles: ["zitadel/late.json"] } },
    }),
  });
  const { forwarder, receiver, zitadel } = stage;
  const [first, second, third] = [login("A"), login("B"), login("A")];
  await forwarder.start();
  const page = async () => JSON.parse((await forwarder.health("/readyz"))?.text ?? "{}");
  await until("the fault is named", 30, async () => (await page()).faults?.length > 0);
  expect(await page()).toMatchObject({ ready: false, faults: [{ where: "instance" }] });
  expect(await post(forwarder.webhookPort, first.call)).toBe(503);

  forwarder.secret("zitadel/late.json", JSON.stringify(zitadel.adminKey));
  await untilReady(forwarder);
  expect(await post(forwarder.webhookPort, first.call)).toBe(204);
  await until("it arrived", 30, () => loginsIn(receiver.file).length === 1);
  expect(Object.keys(await page())).not.toContain("events");

  expect(await forwarder.stop()).toBe(0);
  const { configuration } = stage;
  forwarder.configure({ ...configuration, zitadel: { ...configuration.zitadel, address: NOBODY } });
  await forwarder.start();
  await untilReady(forwarder);
  expect(await post(forwarder.webhookPort, second.call)).toBe(204);
  // A destination that takes nothing keeps nobody's call from the journal, nor the replica from being ready.
  receiver.down = true;
  expect(await post(forwarder.webhookPort, third.call)).toBe(204);
  await untilReady(forwarder);
  receiver.down = false;
  await until("all arrived", 30, () => loginsIn(receiver.file).length === 3);
  expect(new Set(loginsIn(receiver.file).map(({ id }) => id))).toEqual(
    new Set([first, second, third].map(({ recordId }) => recordId)),
  );
  // Events only are counted there.
  expect(receiver.arrived.size).toBe(0);
});
