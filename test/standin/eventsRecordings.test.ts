import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startZitadel, type Zitadel } from "../../local/zitadel/server";
import { type RecordedInstance, startRecordedInstance, TOKENS } from "./recordedInstance";
import { answeredAt, comparableHeaders, type Recording, recording, recordingNames, send } from "./recording";

/** Recorded one minute later: the events of the token recordings were there. */
const LATER = /^es-8\d/;
const LATER_EVENTS = recordingNames("tok-0", "tok-13", "tok-14", "es-84");

/** Whose token each case was recorded with; all others: the administrator's. */
const BEARERS: Record<string, string> = {
  "es-60-no-permission": TOKENS.robot,
  "es-61-iam-owner-viewer": TOKENS.viewer,
  "es-64-garbage-long-token": "x".repeat(110),
  "et-types-viewer": TOKENS.viewer,
};

/** Cases of users that are in no other recording: each makes its user and gives its token. */
const MADE: Record<string, (zitadel: Zitadel) => Promise<string>> = {
  "es-90-org-owner": organizationOwner,
  "es-91-org-owner-with-org-header": organizationOwner,
  "es-92-iam-user-manager": async (zitadel) => (await machine(zitadel, ["IAM_USER_MANAGER"])).token,
  "es-93-deactivated-user-pat": async (zitadel) => {
    const { token, userId } = await machine(zitadel, ["IAM_OWNER_VIEWER"]);
    await zitadel.users.end(zitadel.administrator, userId, "deactivated");
    return token;
  },
  "es-95-removed-user-pat": async (zitadel) => {
    const { token, userId } = await machine(zitadel, ["IAM_OWNER_VIEWER"]);
    await zitadel.users.end(zitadel.administrator, userId, "removed");
    return token;
  },
};

const EXPECTED_CASES = 101;

describe("recorded searches of events, of types, of discovery and health", () => {
  let early: RecordedInstance;
  let later: RecordedInstance;
  let fresh: Zitadel;

  beforeAll(async () => {
    early = await startRecordedInstance();
    later = await startRecordedInstance(LATER_EVENTS);
    fresh = await startZitadel();
  });
  afterAll(async () => {
    for (const instance of [early, later, fresh]) await instance.close();
  });

  const names = recordingNames("es-", "et-", "dbg-");

  test("every recording is replayed", () => expect(names).toHaveLength(EXPECTED_CASES));

  test.each(names)("%s", async (name) => {
    const recorded = recording(name);
    const make = MADE[name];
    if (make) {
      const answer = await replay(recorded, fresh.url, await make(fresh));
      return expectSame(recorded, answer);
    }
    const { zitadel, clock } = LATER.test(name) ? later : early;
    clock.jump(answeredAt(recorded) - clock.now());
    const answer = await replay(recorded, zitadel.url, BEARERS[name] ?? TOKENS.administrator);
    expectSame(recorded, { ...answer, body: answer.body.replaceAll(zitadel.url, "http://localhost:8080") });
  });
});

function replay(recorded: Recording, url: string, token: string) {
  const { method, path, headers, body } = recorded.request;
  const sent = { ...headers };
  for (const name of Object.keys(sent)) sent[name] = String(sent[name]).replace("<token>", token);
  delete sent["Content-Length"];
  return send(url, method, path, sent, body);
}

function expectSame(recorded: Recording, answer: Recording["response"]): void {
  expect(answer.status).toBe(recorded.response.status);
  expect(comparableHeaders(answer.rawHeaders)).toEqual(comparableHeaders(recorded.response.rawHeaders));
  expect(withoutKeys(parsed(answer.body))).toEqual(withoutKeys(parsed(recorded.response.body)));
}

/** What cannot be equal: the public keys that sign tokens, and the one key that was replaced. */
function withoutKeys(body: unknown): unknown {
  const text = JSON.stringify(body);
  const blank = (pattern: RegExp, by: string) => (all: string) => all.replace(pattern, by);
  return [
    blank(/"kid":"\d{18}"/g, '"kid":"<id>"'),
    blank(/"n":"[\w-]{300,}"/g, '"n":"<modulus>"'),
    blank(/("keyId":"400716688087780390","publicKey":)"[\w=+/]+"/g, '$1"<public key>"'),
  ].reduce((current, step) => step(current), text);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

async function machine(zitadel: Zitadel, roles: string[]) {
  const name = `made-${roles.join("-")}-${Math.random()}`;
  const { aggregateId: userId } = await zitadel.users.addMachine(zitadel.administrator, {
    userName: name,
    name,
  });
  if (roles.length > 0) await zitadel.members.add(zitadel.administrator, userId, roles);
  const [, { token }] = await zitadel.users.addPersonalAccessToken(zitadel.administrator, userId);
  return { userId, token };
}

/** An owner of the organization that the recorded header names. */
async function organizationOwner(zitadel: Zitadel): Promise<string> {
  const { userId, token } = await machine(zitadel, []);
  const aggregateId = "400716712430799910";
  const organization = { aggregateType: "org", aggregateId, resourceOwner: aggregateId };
  await zitadel.store.push([
    { ...organization, eventType: "org.added", payload: { name: "Tenant" } },
    { ...organization, eventType: "org.member.added", payload: { roles: ["ORG_OWNER"], userId } },
  ]);
  return token;
}
