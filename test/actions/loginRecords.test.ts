import { createHmac } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LoginScript, loginScript } from "../../components/actions/loginScript";
import { EXTRA_FIELDS } from "../../contract/declaration/logins";
import { LOG_LINE_BYTES, LOG_MARKER, type LoginClaim } from "../../contract/loginClaim";
import { parseClaim } from "../../forwarder/sources/logins/claim";
import { readEmitted } from "../../forwarder/sources/stdout/line";
import type { ActionCall, ActionContext, ActionEngine } from "../../local/zitadel/actionEngine";
import { INSTANCE, recordedContexts } from "./actionRecordings";
import { messageOf, startEngine } from "./engine";
import { everyFieldLong, hostileContext } from "./hostileContext";

/** How many generated contexts the script is run with. */
const CONTEXTS = Number(process.env.LOGIN_CONTEXTS ?? 10_000);

const organization = "400716688087125030";
const secret = "q7Zk2V0u8sFqPz3mJd5xTn9bRw6yHc1L";
const scriptOf = (part: Partial<LoginScript> = {}) =>
  loginScript({
    actionName: "siemLogin",
    organizationId: organization,
    secret,
    flow: "internal",
    trigger: "post authentication",
    log: true,
    extraFields: [],
    ...part,
  });

let engine: ActionEngine;
/** Lines so far: both formats of ZITADEL's log take turns. */
let lines = 0;
beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine.close());

/** Runs a script and gives the record of its only line, its signature checked. */
async function record(
  script: string,
  asked: Partial<ActionCall>,
): Promise<{ text: string; claim: LoginClaim }> {
  lines += 1;
  const format = lines % 2 === 0 ? ("json" as const) : ("text" as const);
  const call = { name: "siemLogin", timeout: 20_000, instanceId: INSTANCE, format };
  const run = await engine.run({ ...call, script, ...asked });
  expect(run.error).toBeUndefined();
  expect(run.lines).toHaveLength(3);
  const message = messageOf(run.lines[1]!)!;
  // The forwarder reads the line as this test does.
  expect(readEmitted(run.lines[1]!)).toEqual({ message, instance: INSTANCE });
  expect(Buffer.byteLength(message)).toBeLessThanOrEqual(LOG_LINE_BYTES);
  const [, marker, id, signature, text] = /^(\S+) (\S+) ([0-9a-f]{64}) (.*)$/s.exec(message)!;
  expect(text).not.toContain("%");
  expect([marker, id]).toEqual([LOG_MARKER, organization]);
  expect(signature).toBe(createHmac("sha256", secret).update(text!).digest("hex"));
  return { text: text!, claim: JSON.parse(text!) };
}

describe("the record of a login, in ZITADEL's engine", () => {
  const recorded: LoginClaim = {
    id: expect.stringMatching(/^[0-9a-f]{32}$/),
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    flow: "internal",
    trigger: "post authentication",
    method: "password",
    instance: INSTANCE,
    user: { id: "400717519364557862", loginName: "erin3961" },
    userOrganization: "400716688087125030",
    application: "400717519297514534",
    userAgent: "Mozilla/5.0 (lab) LoginBot/1.0",
  };
  const success = { outcome: "success" } as const;
  const failure = { outcome: "failure", error: "COMMAND-3M0fs" } as const;
  const second = { authRequest: "400717690106285094", agent: "400717690089507878" };

  it.each([
    ["ctxdump-ok", [{ ...success, authRequest: "400717682539760678", agent: "400717682522983462" }]],
    [
      "ctxdump-wrong-then-ok",
      [
        { ...failure, ...second },
        { ...success, ...second },
      ],
    ],
  ])("%s: says what the recorded context implies, and nothing else", async (name, implied) => {
    const contexts = recordedContexts(name);
    expect(contexts).toHaveLength(implied.length);
    for (const [at, context] of contexts.entries()) {
      const { claim } = await record(scriptOf(), { context });
      expect(claim).toEqual({ ...recorded, ...implied[at] });
    }
  });

  it("holds the extra fields that were chosen, where the context has them", async () => {
    const context = recordedContexts("ctxdump-ok")[0]!;
    const { claim } = await record(scriptOf({ extraFields: EXTRA_FIELDS }), { context });
    expect(claim.extra).toEqual({
      acceptLanguage: "en",
      applicationResourceOwner: "400716688087125030",
      callbackHost: "localhost:9999",
      host: "localhost:8080",
      remoteAddress: "127.0.0.1:39402",
      scopes: "openid profile",
      userName: "erin3961",
    });
  });

  const person = { browserInfo: { remoteIp: "203.0.113.7", userAgent: "curl" }, selectedIdpConfigId: "77" };
  it.each<[string, Partial<LoginScript>, ActionContext, Partial<LoginClaim>]>([
    [
      "an external login of somebody who is not linked yet",
      { flow: "external" },
      {
        authError: "none",
        authRequest: person,
        externalUser: { externalId: "sub-1", externalIdpId: "77" },
        accessToken: "PLANTED",
        idToken: "PLANTED",
      },
      { flow: "external", outcome: "success", identityProvider: "77", ip: "203.0.113.7", userAgent: "curl" },
    ],
    [
      "an external login that failed without a code of ZITADEL's",
      { flow: "external" },
      { authError: "dial tcp: PLANTED", authRequest: { ...person, selectedIdpConfigId: "" } },
      { flow: "external", outcome: "failure", ip: "203.0.113.7", userAgent: "curl" },
    ],
    [
      "no authentication request",
      {},
      { authError: "none", authMethod: "OTP" },
      { outcome: "success", method: "OTP" },
    ],
    [
      "a user before the creation",
      { trigger: "pre creation" },
      { user: { username: "erika", resourceOwner: "9" }, authRequest: { requestedOrgId: "9" } },
      {
        trigger: "pre creation",
        user: { loginName: "erika" },
        userOrganization: "9",
        requestedOrganization: "9",
      },
    ],
    [
      "a user after the creation",
      { trigger: "post creation", flow: "external" },
      { createdUser: { id: "12", preferredLoginName: "erika@example.com", resourceOwner: "9" } },
      {
        trigger: "post creation",
        flow: "external",
        user: { id: "12", loginName: "erika@example.com" },
        userOrganization: "9",
      },
    ],
    [
      "a created user that cannot be asked for",
      { trigger: "post creation" },
      {},
      { trigger: "post creation" },
    ],
  ])("%s", async (_, part, context, implied) => {
    const { claim, text } = await record(scriptOf(part), { context });
    const { id, time } = claim;
    expect(claim).toEqual({ id, time, flow: "internal", trigger: "post authentication", ...implied });
    expect(text).not.toContain("PLANTED");
  });

  it("never gives an id twice, though nothing else differs", async () => {
    const context = recordedContexts("ctxdump-ok")[0]!;
    const ids = await Promise.all(
      Array.from({ length: 200 }, async () => (await record(scriptOf(), { context })).claim.id),
    );
    expect(new Set(ids).size).toBe(200);
  });

  it("cuts the longest values at a character's end, and names them", async () => {
    const context = {
      authError: "none",
      authRequest: {
        loginName: "é😀".repeat(400),
        userId: "5",
        browserInfo: { userAgent: "界".repeat(5000) },
      },
    };
    const { claim, text } = await record(scriptOf(), { context });
    expect(claim.shortened).toEqual(["user.loginName", "userAgent"]);
    expect(claim.user?.id).toBe("5");
    expect(claim.user?.loginName).toMatch(/^(é😀)+é?$/u);
    expect(claim.userAgent).toMatch(/^界+$/u);
    expect(Buffer.byteLength(text)).toBeGreaterThan(LOG_LINE_BYTES * 0.8);
  });

  it.each(['"x"', '"%"', '"界"', '"\\u0001😀"'])(
    "fits when every field is a million times %s",
    async (unit) => {
      const script = scriptOf({ extraFields: EXTRA_FIELDS, flow: "external" });
      const { claim } = await record(script, { expression: everyFieldLong(unit) });
      expect(claim.shortened).toHaveLength(22);
      expect(claim).toMatchObject({ method: "x".repeat(40), error: "x".repeat(60), ip: "1".repeat(45) });
    },
  );

  it(`keeps its promises in ${CONTEXTS} generated contexts`, async () => {
    const scripts = [
      scriptOf({ extraFields: EXTRA_FIELDS }),
      scriptOf({ extraFields: EXTRA_FIELDS, trigger: "post creation", flow: "external" }),
      scriptOf({ extraFields: EXTRA_FIELDS, trigger: "pre creation" }),
    ];
    let records = 0;
    let shortened = 0;
    const check = async (expression: string, script: string) => {
      const { claim, text } = await record(script, { expression });
      expect(text).not.toMatch(/PLANTED/);
      expect(Buffer.from(text).toString()).toBe(text);
      expect(parseClaim(text)).toEqual(claim);
      records += 1;
      if (claim.shortened) shortened += 1;
    };
    const contexts = fc.sample(hostileContext, { numRuns: CONTEXTS, seed: 4 });
    for (let start = 0; start < contexts.length; start += 500) {
      await Promise.all(
        contexts.slice(start, start + 500).map((expression, at) =>
          check(expression, scripts[at % 10 === 0 ? 1 : at % 10 === 1 ? 2 : 0]!).catch((error) => {
            throw new Error(`with the context ${expression.slice(0, 2000)}:\n${error}`);
          }),
        ),
      );
    }
    console.log(`${records} records of generated contexts, ${shortened} of them shortened`);
    expect(records).toBe(CONTEXTS);
    expect(shortened).toBeGreaterThan(CONTEXTS / 100);
  }, 1_800_000);
});
