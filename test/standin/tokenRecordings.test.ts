import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { type JWTPayload, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseTimestamp } from "../../local/zitadel/timestamp";
import { Correspondence } from "./correspondence";
import { type RecordedInstance, startRecordedInstance, TOKENS } from "./recordedInstance";
import { answeredAt, comparableHeaders, type Recording, recording, recordingNames, send } from "./recording";

const VIEWER = "400716726121008166";

/** How each assertion differs from a right one, seconds from now. */
interface Assertion {
  claims?: JWTPayload;
  issuedAt?: number;
  expires?: number;
  keyId?: string;
  foreignKey?: boolean;
  text?: string;
}

/** Every recording of the token endpoint, in the order in which they were made. */
const ASSERTIONS: Record<string, (issuer: string) => Assertion> = {
  "tok-00-ok": () => ({}),
  "tok-01-ok-openid-only": () => ({}),
  "tok-02-no-scope": () => ({}),
  "tok-03-profile-offline": () => ({}),
  "tok-04-expired": () => ({ issuedAt: -120, expires: -60 }),
  "tok-05-iat-future-60s": () => ({ issuedAt: 60 }),
  "tok-05b-iat-future-1s": () => ({ issuedAt: 1 }),
  "tok-06-iat-2h-old-valid-exp": () => ({ issuedAt: -7200 }),
  "tok-07-bad-signature": () => ({ foreignKey: true }),
  "tok-08-unknown-kid": () => ({ keyId: "123" }),
  "tok-09-wrong-aud": () => ({ claims: { aud: "http://elsewhere.example" } }),
  "tok-09b-aud-no-port": (issuer) => ({ claims: { aud: issuer.replace(/:\d+$/, "") } }),
  "tok-09c-aud-array": (issuer) => ({ claims: { aud: [issuer, "http://elsewhere.example"] } }),
  "tok-10-wrong-iss": () => ({ claims: { iss: VIEWER } }),
  "tok-11-garbage-assertion": () => ({ text: "garbage" }),
  "tok-12-no-grant-type": () => ({}),
  "tok-13-replay-same-assertion-1": () => ({}),
  "tok-14-replay-same-assertion-2": () => ({}),
  "tok-15-json-body": () => ({}),
  "tok-16-wrong-host": () => ({}),
  "tok-19-revoke": () => ({}),
};

/** Recordings of searches with tokens of several kinds; each makes its token. */
const BEARERS: Record<string, (instance: RecordedInstance) => Promise<string>> = {
  "tok-17-events-with-jwt-token": (instance) =>
    grant(instance, "openid urn:zitadel:iam:org:project:id:zitadel:aud"),
  "tok-18-events-with-openid-only-token": (instance) => grant(instance, "openid"),
  "tok-20-shortlived-pat-ok": (instance) => personalAccessToken(instance, "2026-11-22T10:03:42.190Z"),
  "tok-21-expired-pat": async (instance) => {
    const token = await personalAccessToken(instance, "2026-11-22T10:03:42.190Z");
    instance.clock.jump(parseTimestamp("2026-11-22T10:03:42.190Z")! - instance.clock.now());
    return token;
  },
  "tok-22-removed-pat": async (instance) => {
    const { users, administrator } = instance.zitadel;
    const [, { tokenId, token }] = await users.addPersonalAccessToken(administrator, VIEWER);
    await users.removePersonalAccessToken(administrator, VIEWER, tokenId);
    return token;
  },
};

describe("recorded grants of tokens and what they open", () => {
  let instance: RecordedInstance;
  beforeAll(async () => {
    instance = await startRecordedInstance();
  });
  afterAll(() => instance.close());

  test("every recording is replayed", () => {
    expect(Object.keys({ ...ASSERTIONS, ...BEARERS }).sort()).toEqual(recordingNames("tok-").sort());
  });

  test.each(Object.keys(ASSERTIONS))("%s", async (name) => {
    const recorded = recording(name);
    const { zitadel } = instance;
    moveOn(instance, recorded);
    const assertion = await assertionText(instance, ASSERTIONS[name]!(zitadel.issuer));
    const { method, path, headers, body } = recorded.request;
    const before = zitadel.store.snapshot();
    const answer = await send(
      zitadel.url,
      method,
      path,
      withoutLength(headers),
      body!.replace("<jwt>", assertion),
    );

    expect(answer.status).toBe(recorded.response.status);
    expect(comparableHeaders(answer.rawHeaders)).toEqual(comparableHeaders(recorded.response.rawHeaders));
    const correspondence = new Correspondence();
    expect(correspondence.differences(parsed(recorded.response.body), parsed(answer.body))).toEqual([]);
    if (recorded.eventsWritten) {
      const written = await eventsSince(instance, before.lastRow);
      expect(correspondence.differences(recorded.eventsWritten, written)).toEqual([]);
    }
  });

  test.each(Object.keys(BEARERS))("%s", async (name) => {
    const recorded = recording(name);
    moveOn(instance, recorded);
    const token = await BEARERS[name]!(instance);
    const { method, path, headers, body } = recorded.request;
    const sent = { ...withoutLength(headers), Authorization: `Bearer ${token}` };
    const answer = await send(instance.zitadel.url, method, path, sent, body);

    expect(answer.status).toBe(recorded.response.status);
    expect(comparableHeaders(answer.rawHeaders)).toEqual(comparableHeaders(recorded.response.rawHeaders));
    expect(new Correspondence().differences(parsed(recorded.response.body), parsed(answer.body))).toEqual([]);
  });

  test.each([
    [2, 200],
    [3, 500],
    [-3600, 200],
    [-3601, 500],
  ])("an assertion issued %d seconds from now is answered %d", async (issuedAt, status) => {
    const assertion = await assertionText(instance, { issuedAt });
    expect((await requestToken(instance, assertion, "openid")).status).toBe(status);
  });

  test("an access token ends with its lifetime", async () => {
    const token = await grant(instance, "openid urn:zitadel:iam:org:project:id:zitadel:aud");
    const status = async () => (await search(instance, token)).status;
    expect(await status()).toBe(200);
    instance.clock.jump(43_200e6 - 1);
    expect(await status()).toBe(200);
    instance.clock.jump(1);
    expect(await status()).toBe(401);
  });
});

/** To the time of the recording; a little later than before if that has been. */
function moveOn({ clock }: RecordedInstance, recorded: Recording): void {
  clock.jump(Math.max(answeredAt(recorded) - clock.now(), 1000));
}

async function assertionText({ zitadel, clock }: RecordedInstance, wanted: Assertion): Promise<string> {
  if (wanted.text) return wanted.text;
  const { adminKey, issuer } = zitadel;
  const now = Math.floor(clock.now() / 1e6);
  const foreign = () => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const key = wanted.foreignKey ? foreign() : createPrivateKey(adminKey.key);
  const claims = { iss: adminKey.userId, sub: adminKey.userId, aud: issuer, ...wanted.claims };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "RS256", kid: wanted.keyId ?? adminKey.keyId })
    .setIssuedAt(now + (wanted.issuedAt ?? 0))
    .setExpirationTime(now + (wanted.expires ?? 3600))
    .sign(key);
}

async function requestToken({ zitadel }: RecordedInstance, assertion: string, scope: string) {
  const grantType = "urn:ietf:params:oauth:grant-type:jwt-bearer";
  const form = new URLSearchParams({ grant_type: grantType, scope, assertion });
  const headers = { Host: "localhost", "Content-Type": "application/x-www-form-urlencoded" };
  return send(zitadel.url, "POST", "/oauth/v2/token", headers, form.toString());
}

async function grant(instance: RecordedInstance, scope: string): Promise<string> {
  const answer = await requestToken(instance, await assertionText(instance, {}), scope);
  return JSON.parse(answer.body).access_token;
}

async function personalAccessToken({ zitadel }: RecordedInstance, expiration: string): Promise<string> {
  const { users, administrator } = zitadel;
  const [, { token }] = await users.addPersonalAccessToken(administrator, VIEWER, parseTimestamp(expiration));
  return token;
}

function search({ zitadel }: RecordedInstance, token: string, body = '{"limit":1}') {
  const headers = { Host: "localhost", Authorization: `Bearer ${token}` };
  return send(zitadel.url, "POST", "/admin/v1/events/_search", headers, body);
}

/** What the API shows of the events in later rows, oldest first. */
async function eventsSince(instance: RecordedInstance, row: number): Promise<object[]> {
  const { table } = instance.zitadel.store;
  const count = table.query("SELECT count(*) AS count FROM events WHERE rowid > ?").get(row)!.count as number;
  if (count === 0) return [];
  const answer = await search(instance, TOKENS.administrator, JSON.stringify({ limit: count }));
  return JSON.parse(answer.body).events.reverse();
}

function withoutLength(headers: Record<string, string | number>) {
  const { "Content-Length": _length, ...others } = headers;
  return others;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
