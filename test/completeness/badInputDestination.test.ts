import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, test } from "vitest";
import type { ConfigurationInput } from "../../contract";
import { type Certificate, selfSigned } from "./certificates";
import { type Asked, type Peer, type PeerAnswer, startPeer } from "./peer";
import { Random } from "./random";
import { expectLogged, logOf, readinessOf, untilFault, untilReady } from "./readiness";
import { Stage, until } from "./stage";

/** So many times faster than real time: the pauses between attempts, up to a minute, take 2 s. */
const SPEED = 30;

type HttpDestination = NonNullable<ConfigurationInput["destinations"][number]["http"]>;

let stage: Stage | undefined;
const peers: Peer[] = [];
afterEach(async () => {
  await stage?.clear();
  for (const peer of peers.splice(0)) await peer.close();
});

/** A stage with a second destination, `odd`, beside the one that works. */
async function setBeside(odd: HttpDestination, batch = {}): Promise<Stage> {
  stage = await Stage.set({
    random: new Random(1),
    speed: SPEED,
    configuration: (plain) => ({
      ...plain,
      destinations: [...plain.destinations, { name: "odd", http: { gzip: false, ...odd }, batch }],
    }),
  });
  return stage;
}

/** A receiver of the records' ids, which answers as it is told. */
async function receiver(answer: (asked: Asked) => PeerAnswer, tls?: { key: string; cert: string }) {
  const ids = new Set<string>();
  const peer = await startPeer((asked) => {
    const given = answer(asked);
    if (given.status < 300) for (const id of idsOf(asked)) ids.add(id);
    return given;
  }, tls);
  peers.push(peer);
  return { url: `${peer.url}/records`, ids };
}

function idsOf({ body }: Asked): string[] {
  const lines = body.trimEnd().split("\n");
  return lines.map((line) => (JSON.parse(line) as { id: string }).id);
}

/** Writes one of the forwarder's secrets, or removes it. */
function put(path: string, content: string | undefined): void {
  const file = join(stage!.folder, "forwarder", "secrets", path);
  mkdirSync(dirname(file), { recursive: true });
  if (content === undefined) rmSync(file, { force: true });
  else writeFileSync(file, content);
}

/** The other destination has everything, whatever this one does. */
async function expectOthersServed(): Promise<void> {
  expect(await stage!.everythingArrived(60)).toMatchObject({ missing: [], duplicates: 0, different: [] });
}

const where = 'destination "odd"';
const PEM = ["-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"];

describe("a destination's credential that is missing or unusable is named until a good one lies there", () => {
  const bad: [
    what: string,
    http: HttpDestination,
    file: string,
    content: string | undefined,
    good: string,
  ][] = [
    ["a bearer token that is missing", { url: "", bearer: "odd/token" }, "odd/token", undefined, "token"],
    ["a bearer token that is empty", { url: "", bearer: "odd/token" }, "odd/token", " \n", "token"],
    [
      "a password that is missing",
      { url: "", basic: { userName: "zitadel", password: "odd/password" } },
      "odd/password",
      undefined,
      "password",
    ],
    [
      "a signing secret that is none",
      { url: "", signing: { secret: "odd/signing" } },
      "odd/signing",
      "whsec_!",
      `whsec_${Buffer.alloc(32, 7).toString("base64")}`,
    ],
  ];
  for (const [what, http, file, content, good] of bad)
    test(what, async () => {
      const { url, ids } = await receiver(() => ({ status: 204 }));
      const { forwarder } = await setBeside({ ...http, url });
      put(file, content);
      await forwarder.start();
      const reason = new RegExp(`the secrets file ${file} `);
      await untilFault(forwarder, where, reason, /give the Secret/);
      expectLogged(forwarder, reason, /give the Secret/);
      await expectOthersServed();
      expect(ids.size).toBe(0);
      put(file, good);
      await untilReady(forwarder);
      await until("the destination has everything too", 60, () => ids.size >= stage!.receiver.arrived.size);
      logOf(forwarder);
    });
});

describe("a destination's answer that a person has to act on is shown with what to do:", () => {
  const answers: [status: number, remedy: RegExp][] = [
    [302, /set the destination's url to where it redirects to/],
    [401, /give a valid credential/],
    [403, /allow this credential/],
    [404, /correct the destination's url/],
    [405, /must take POST/],
    [415, /set body to the other form/],
    [418, /look into the destination's own log/],
  ];
  test(answers.map(([status]) => status).join(", "), async () => {
    let status = answers[0]![0];
    const { url, ids } = await receiver(() => ({ status }));
    const { forwarder } = await setBeside({ url });
    await forwarder.start();
    for (const [answered, remedy] of answers) {
      status = answered;
      await untilFault(forwarder, where, new RegExp(`^answered ${answered}$`), remedy);
      expectLogged(forwarder, new RegExp(`: answered ${answered}$`), remedy);
      expect(await stage!.metric("zitadel_siem_lane_fault")).toBe(1);
    }
    await expectOthersServed();
    status = 200;
    await untilReady(forwarder);
    await until("the destination has everything too", 60, () => ids.size >= stage!.receiver.arrived.size);
    expect(await stage!.metric("zitadel_siem_dead_letters")).toBe(0);
  });
});

test("a certificate that is not trusted is named until its authority lies there", async () => {
  const [own, other] = [1, 2].map(() => selfSigned("siem.example.com", "IP:127.0.0.1")) as [
    Certificate,
    Certificate,
  ];
  const { url, ids } = await receiver(() => ({ status: 204 }), own);
  const { forwarder } = await setBeside({ url, ca: "odd/ca.pem" });
  await forwarder.start();
  await untilFault(forwarder, where, /the secrets file odd\/ca\.pem cannot be read/, /give the Secret/);
  const reason = /its certificate is not trusted \(\w+\)/;
  const remedy = /give the authority that signed it as ca/;
  for (const content of ["no certificate", `${PEM[0]}\nbm8gY2VydGlmaWNhdGU=\n${PEM[1]}\n`, other.cert]) {
    put("odd/ca.pem", content);
    const before = (await stage!.metric("zitadel_siem_batch_failures_total"))!;
    await until("it was tried with it", 60, async () => {
      return (await stage!.metric("zitadel_siem_batch_failures_total"))! > before + 1;
    });
    await untilFault(forwarder, where, reason, remedy);
  }
  expectLogged(forwarder, reason, remedy);
  put("odd/ca.pem", own.cert);
  await untilReady(forwarder);
  await expectOthersServed();
  await until("the destination has everything too", 60, () => ids.size >= stage!.receiver.arrived.size);
});

describe("a record that the destination refuses for good is set aside with the reason, and the lane goes on:", () => {
  for (const status of [400, 413, 422])
    test(String(status), async () => {
      const chosen = new Set<string>();
      const { url, ids } = await receiver((asked) => {
        const all = idsOf(asked);
        if (chosen.size === 0) for (const at of [0, 7, all.length - 1]) chosen.add(all[at]!);
        return { status: all.some((id) => chosen.has(id)) ? status : 204 };
      });
      const { forwarder } = await setBeside({ url });
      await forwarder.start();
      await expectOthersServed();
      const total = stage!.receiver.arrived.size;
      await until("the destination has the others", 60, () => ids.size >= total - chosen.size);
      await untilReady(forwarder);
      await until("the three are counted", 30, async () => {
        const lane = (await readinessOf(forwarder))!.lanes.find(({ destination }) => destination === "odd");
        return lane!.deadLetters === chosen.size && lane!.state === "delivering";
      });
      expect(chosen.size).toBe(3);
      expect(await stage!.metric("zitadel_siem_dead_letters")).toBe(3);
      expect(await stage!.metric("zitadel_siem_records_dead_lettered_total")).toBe(3);
      const lines = logOf(forwarder).filter(({ msg }) => /refused records for good/.test(msg));
      expect(lines).not.toEqual([]);
      expect(lines[0]).toMatchObject({ level: "error", destination: "odd", reason: `answered ${status}` });
      expect(lines.reduce((sum, { records }) => sum + Number(records), 0)).toBe(3);

      expect(await forwarder.stop()).toBe(0);
      const journal = new DatabaseSync(join(forwarder.journal, "journal.db"), { readOnly: true });
      const letters = journal.prepare("SELECT lane, id, reason, body FROM dead_letters ORDER BY id").all();
      journal.close();
      expect(letters.map(({ id }) => id)).toEqual([...chosen].sort());
      for (const { id, lane, reason, body } of letters) {
        expect({ lane, reason }).toEqual({ lane: "odd", reason: `answered ${status}` });
        expect(JSON.parse(String(body)).id).toBe(id);
      }
      for (const id of chosen) expect(ids.has(id)).toBe(false);
    });
});
