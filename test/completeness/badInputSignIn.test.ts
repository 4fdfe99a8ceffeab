import { generateKeyPairSync } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { ConfigurationInput } from "../../contract";
import { type Peer, type PeerAnswer, passOn, startPeer } from "./peer";
import { Random } from "./random";
import { expectLogged, logOf, untilFault, untilReady } from "./readiness";
import { Stage, type StageOptions } from "./stage";

/** So many times faster than real time: the pauses between attempts, up to a minute, take 2 s. */
const SPEED = 30;

let stage: Stage | undefined;
const peers: Peer[] = [];
afterEach(async () => {
  await stage?.clear();
  for (const peer of peers.splice(0)) await peer.close();
});

async function set(options: Partial<StageOptions> = {}): Promise<Stage> {
  stage = await Stage.set({ random: new Random(1), speed: SPEED, ...options });
  return stage;
}

/** Writes one of the forwarder's secrets, or removes it. */
function put(path: string, content: string | undefined): void {
  const file = join(stage!.folder, "forwarder", "secrets", path);
  if (content === undefined) rmSync(file, { force: true });
  else writeFileSync(file, content);
}

/** A configuration that connects elsewhere than the issuer says. */
const connectedTo = (address: string) => (plain: ConfigurationInput) => ({
  ...plain,
  zitadel: { ...plain.zitadel, address },
});

async function expectEverythingDelivered(): Promise<void> {
  await untilReady(stage!.forwarder);
  const ledger = await stage!.everythingArrived(60);
  expect(ledger).toMatchObject({ missing: [], different: [], unknown: [] });
  logOf(stage!.forwarder);
}

describe("a machine key", () => {
  test("that is missing, broken or revoked is named until a good one lies there, without a restart", async () => {
    const { zitadel, forwarder } = await set();
    const { users, administrator, adminKey } = zitadel;
    const file = "zitadel/key.json";
    const elliptic = generateKeyPairSync("ec", {
      namedCurve: "P-256",
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    }).privateKey;
    await users.removeKey(administrator, adminKey.userId, adminKey.keyId);
    const bad: [content: string | undefined, reason: RegExp, remedy: RegExp][] = [
      [undefined, /credential file zitadel\/key\.json cannot be read \(ENOENT\)/, /check the Secret/],
      ["", /machine key file zitadel\/key\.json is not JSON/, /put ZITADEL's machine key JSON/],
      ["null", /lacks keyId, userId or key/, /put ZITADEL's machine key JSON/],
      [JSON.stringify({ ...adminKey, key: "no PEM" }), /holds no private key/, /put ZITADEL's machine key/],
      [JSON.stringify({ ...adminKey, key: elliptic }), /holds no RSA key/, /put ZITADEL's machine key/],
      [JSON.stringify(adminKey), /refused the machine key zitadel\/key\.json/, /neither removed nor expired/],
    ];
    put(file, bad[0]![0]);
    await forwarder.start();
    for (const [content, reason, remedy] of bad) {
      put(file, content);
      await untilFault(forwarder, "events", reason, remedy);
      expectLogged(forwarder, reason, remedy);
    }
    expect(forwarder.running).toBe(true);
    const [, next] = await users.addKey(administrator, adminKey.userId);
    put(file, JSON.stringify(next));
    await expectEverythingDelivered();
    expect(forwarder.starts).toBe(1);
  });

  test("of an account without membership, or without the role, waits for the role", async () => {
    const { zitadel, forwarder } = await set();
    const { users, members, administrator } = zitadel;
    const { aggregateId: userId } = await users.addMachine(administrator, { userName: "siem", name: "siem" });
    const [, key] = await users.addKey(administrator, userId);
    put("zitadel/key.json", JSON.stringify(key));
    await forwarder.start();
    const remedy = /give the service account the instance role IAM_OWNER_VIEWER/;
    const nobody = /is a member of nothing \(404: .*AUTHZ-cdgFk/;
    await untilFault(forwarder, "events", nobody, remedy);
    expectLogged(forwarder, nobody, remedy);
    await members.add(administrator, userId, ["IAM_LOGIN_CLIENT"]);
    const missing = /may not read events \(403: /;
    await untilFault(forwarder, "events", missing, remedy);
    expectLogged(forwarder, missing, remedy);
    await members.change(administrator, userId, ["IAM_OWNER_VIEWER"]);
    await expectEverythingDelivered();
  });
});

test("a personal access token that is missing, garbage or removed is named until a good one lies there", async () => {
  const { zitadel, forwarder } = await set({
    configuration: (plain) => ({
      ...plain,
      zitadel: { ...plain.zitadel, credentials: { personalAccessTokenFile: "zitadel/token" } },
    }),
  });
  const { users, administrator, adminKey } = zitadel;
  const [, removed] = await users.addPersonalAccessToken(administrator, adminKey.userId);
  await users.removePersonalAccessToken(administrator, adminKey.userId, removed.tokenId);
  await forwarder.start();
  const refused = /ZITADEL refused the access token \(401: /;
  const bad: [content: string | undefined, reason: RegExp, remedy: RegExp][] = [
    [undefined, /credential file zitadel\/token cannot be read \(ENOENT\)/, /check the Secret/],
    [
      "two words",
      /personal access token file zitadel\/token holds no token/,
      /put the personal access token/,
    ],
    ["garbage", refused, /neither expired nor removed/],
    [removed.token, refused, /neither expired nor removed/],
  ];
  for (const [content, reason, remedy] of bad) {
    put("zitadel/token", content);
    await untilFault(forwarder, "events", reason, remedy);
    expectLogged(forwarder, reason, remedy);
  }
  const [, good] = await users.addPersonalAccessToken(administrator, adminKey.userId);
  put("zitadel/token", good.token);
  await expectEverythingDelivered();
});

describe("an address", () => {
  const wrong: [what: string, address: () => Promise<string> | string, reason: RegExp, remedy: RegExp][] = [
    ["where nothing listens", () => "http://127.0.0.1:1", /cannot be reached \(ECONNREFUSED\)/, /check that/],
    [
      "of another server",
      () => peerThat(() => ({ status: 404, body: "<html>not here</html>" })),
      /what answers there is not ZITADEL's API \(404\)/,
      /set zitadel\.issuer, or zitadel\.address/,
    ],
    [
      "that redirects",
      () => peerThat(() => ({ status: 302, headers: { location: "https://login.example.com/" } })),
      /what answers there is not ZITADEL's API \(302\)/,
      /set zitadel\.issuer, or zitadel\.address/,
    ],
  ];
  for (const [what, address, reason, remedy] of wrong)
    test(`${what} is named until it is corrected`, async () => {
      const { forwarder, configuration } = await set();
      forwarder.configure(connectedTo(await address())(configuration));
      await forwarder.start();
      await untilFault(forwarder, "events", reason, remedy);
      expectLogged(forwarder, reason, remedy);
      expect(await forwarder.stop()).toBe(0);
      forwarder.configure(configuration);
      await forwarder.start();
      await expectEverythingDelivered();
    });

  test("that is not the instance's host is named until it is corrected", async () => {
    const { forwarder, configuration, zitadel } = await set();
    const issuer = zitadel.issuer.replace("localhost", "127.0.0.1");
    forwarder.configure({ ...configuration, zitadel: { ...configuration.zitadel, issuer } });
    await forwarder.start();
    const reason = /ZITADEL knows no instance by the host 127\.0\.0\.1:\d+ \(404/;
    const remedy = /set zitadel\.issuer to the instance's external domain/;
    await untilFault(forwarder, "events", reason, remedy);
    expectLogged(forwarder, reason, remedy);
    expect(await forwarder.stop()).toBe(0);
    forwarder.configure(configuration);
    await forwarder.start();
    await expectEverythingDelivered();
  });

  test("whose authority's file is missing is named until it lies there, without a restart", async () => {
    const { forwarder } = await set({
      configuration: (plain) => ({ ...plain, zitadel: { ...plain.zitadel, ca: "zitadel/ca.pem" } }),
    });
    await forwarder.start();
    const reason = /the file that zitadel\.ca names cannot be read \(ENOENT\)/;
    await untilFault(forwarder, "events", reason, /check the Secret/);
    expectLogged(forwarder, reason, /check the Secret/);
    put("zitadel/ca.pem", "-----BEGIN CERTIFICATE-----\nno certificate\n-----END CERTIFICATE-----");
    await expectEverythingDelivered();
  });
});

describe("a clock", () => {
  for (const offsetSeconds of [3600, -3600])
    test(`of the forwarder that is ${offsetSeconds} s off does not matter: ZITADEL's counts`, async () => {
      const { forwarder } = await set({ forwarder: { clock: { speed: SPEED, offsetSeconds } } });
      await forwarder.start();
      await expectEverythingDelivered();
      expect(logOf(forwarder).filter(({ level }) => level === "error")).toEqual([]);
    });

  const hour = 3_600_000;
  for (const [what, off] of [
    ["ahead", hour],
    ["behind", -2 * hour],
  ] as const)
    test(`of a proxy that is hours ${what} is named as what may be wrong`, async () => {
      let change = (answer: PeerAnswer): PeerAnswer => ({
        ...answer,
        headers: { ...answer.headers, date: shifted(answer.headers?.date, off) },
      });
      const { forwarder, configuration, zitadel } = await set();
      const proxy = await peerThat(async (asked) => change(await passOn(asked, zitadel.url)));
      forwarder.configure(connectedTo(proxy)(configuration));
      await forwarder.start();
      const reason = /ZITADEL refused the machine key zitadel\/key\.json \(500 server_error\)/;
      await untilFault(forwarder, "events", reason, /no proxy .* clock that is off/);
      expectLogged(forwarder, reason, /no proxy .* clock that is off/);
      change = (answer) => answer;
      await expectEverythingDelivered();
    });

  test("that cannot be known, since a proxy takes the Date header away, is named", async () => {
    const { forwarder, configuration, zitadel } = await set();
    const proxy = await peerThat(async (asked) => {
      const answer = await passOn(asked, zitadel.url);
      return { ...answer, headers: { ...answer.headers, date: null } };
    });
    forwarder.configure(connectedTo(proxy)(configuration));
    await forwarder.start();
    const reason = /have no Date header, which tells its time/;
    await untilFault(forwarder, "events", reason, /let the proxy .* pass the Date header on/);
    expectLogged(forwarder, reason, /let the proxy .* pass the Date header on/);
  });
});

function shifted(date: string | null | undefined, millis: number): string {
  return new Date(Date.parse(date!) + millis).toUTCString();
}

async function peerThat(answer: Parameters<typeof startPeer>[0]): Promise<string> {
  const peer = await startPeer(answer);
  peers.push(peer);
  return peer.url;
}
