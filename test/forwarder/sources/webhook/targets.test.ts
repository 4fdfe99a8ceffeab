import { createHmac } from "node:crypto";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { callOf, claimOf } from "../logins/signing";
import { recordsIn, startWebhooks } from "./rig";

const KEY = "signing key of the target";
const target = { name: "audit", organization: "A", signingKeyFiles: ["targets/previous", "targets/audit"] };

/** As ZITADEL signs: an HMAC-SHA256 over `t.body`, in hex. */
function signed(body: string, key = KEY, seconds = Math.floor(Date.now() / 1000)) {
  const v1 = createHmac("sha256", key).update(`${seconds}.${body}`).digest("hex");
  return { headers: { "zitadel-signature": `t=${seconds},v1=${v1}` } };
}

async function startWithTarget() {
  const rig = await startWebhooks({ targets: [target] });
  rig.write("targets/audit", KEY);
  rig.write("targets/previous", "an older key");
  return rig;
}

const event = {
  aggregateID: "400716717564628006",
  aggregateType: "user",
  resourceOwner: "400716712430799910",
  instanceID: "400719665489251366",
  event_type: "user.human.password.check.failed",
  created_at: "2026-11-22T10:03:11.749184Z",
  userID: "LOGIN",
};

it("takes what ZITADEL posts to a target, under the name that the configuration gives", async () => {
  const { post, journal } = await startWithTarget();
  const body = JSON.stringify(event);
  expect(await post(body, signed(body))).toMatchObject({ status: 204 });
  expect(recordsIn(journal)).toEqual([
    {
      id: expect.stringMatching(/^l1-[0-9a-f]{32}$/),
      source: "webhook",
      instance: { id: "100" },
      observedDate: expect.stringMatching(/Z$/),
      target: { name: "audit", organization: "A" },
      call: event,
    },
  ]);
  expect(await post(body, signed(body, "an older key", Math.floor(Date.now() / 1000) - 200))).toMatchObject({
    status: 204,
  });
  const both = signed(body, KEY, 1 + Math.floor(Date.now() / 1000)).headers["zitadel-signature"];
  const two = both.replace("v1=", `v1=${"0".repeat(64)},v1=`);
  expect(await post(body, { headers: { "zitadel-signature": two } })).toMatchObject({ status: 204 });
  expect(recordsIn(journal)).toHaveLength(3);
});

it("refuses a wrong, an old and a repeated signature, and a body that is none", async () => {
  const { post, journal } = await startWithTarget();
  const body = JSON.stringify(event);
  const now = Math.floor(Date.now() / 1000);
  expect(await post(body, signed(body, "another key"))).toMatchObject({
    status: 403,
    text: "wrong signature\n",
  });
  expect(await post(`${body} `, signed(body))).toMatchObject({ status: 403 });
  for (const seconds of [now - 301, now + 310])
    expect(await post(body, signed(body, KEY, seconds))).toMatchObject({
      status: 403,
      text: "old signature\n",
    });
  for (const header of ["", "v1=00", `t=${now}`, "t=x,v1=00", "nonsense"])
    expect((await post(body, { headers: { "zitadel-signature": header } })).status).toBe(401);
  const once = signed(body, KEY, now - 5);
  expect(await post(body, once)).toMatchObject({ status: 204 });
  expect(await post(body, once)).toMatchObject({ status: 409, text: "replay\n" });
  for (const wrong of ["", "[]", "null", "{"]) expect((await post(wrong, signed(wrong))).status).toBe(400);
  expect(recordsIn(journal)).toHaveLength(1);
});

it("believes a script's call by its own signature alone, whatever the header says", async () => {
  const { post } = await startWithTarget();
  const call = callOf(claimOf(), "A", "secret of A, current");
  expect(await post(call)).toMatchObject({ status: 204 });
  expect(await post(call, { headers: { "zitadel-signature": "t=1,v1=00" } })).toMatchObject({ status: 403 });
});

it("lets no secret out of a call", async () => {
  const { post, journal } = await startWithTarget();
  const secrets = {
    password: "Sommer2026!",
    token: "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    code: "ZX81QL",
    payload: Buffer.from('{"encodedHash":"$2a$14$x"}').toString("base64"),
    verifier: "s3cr3t-of-client",
  };
  const body = JSON.stringify({
    fullMethod: "/zitadel.session.v2.SessionService/SetSession",
    instanceID: "1",
    orgID: "2",
    request: {
      checks: { password: { password: secrets.password }, totp: { code: secrets.code } },
      sessionToken: secrets.token,
      verificationCode: secrets.code,
      recovery_codes: [secrets.code],
      error_code: "COMMAND-3M0fs",
      note: `see https://erika:${secrets.password}@example.com/?access_token=${secrets.token}`,
      client: { clientSecret: secrets.verifier },
    },
    event_payload: secrets.payload,
    headers: { Authorization: [`Bearer ${secrets.token}`] },
  });
  expect(await post(body, signed(body))).toMatchObject({ status: 204 });
  const [record] = recordsIn(journal);
  const text = JSON.stringify(record);
  for (const secret of Object.values(secrets)) expect(text).not.toContain(secret);
  expect(record.call.fullMethod).toBe("/zitadel.session.v2.SessionService/SetSession");
  expect(record.call.request.error_code).toBe("COMMAND-3M0fs");
  expect(record.withheld).toContainEqual({
    path: "/call/request/sessionToken",
    type: "string",
    reason: "secret",
  });
});

it("never fails over a signed body, whatever it holds", async () => {
  const { post, journal } = await startWithTarget();
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), fc.nat(250), async (value, ago) => {
      const body = JSON.stringify(value);
      const { status } = await post(body, signed(body, KEY, Math.floor(Date.now() / 1000) - ago));
      const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
      expect(isObject ? [204, 409] : [400, 429]).toContain(status);
      if (status === 204) taken++;
    }),
    { numRuns: 60 },
  );
  expect(taken).toBeGreaterThan(0);
  expect(recordsIn(journal)).toHaveLength(taken);
});
