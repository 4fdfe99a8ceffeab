import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { LoginClaim } from "../../../../contract/loginClaim";
import { reportOf } from "../../../../forwarder/records/loginMatch";
import { createLoginRecord } from "../../../../forwarder/records/loginRecord";
import type { ZitadelEvent } from "../../../../forwarder/records/record";
import { checkOf, readCheck } from "../../../../forwarder/sources/logins/checks";

const recordings = join(__dirname, "..", "..", "..", "recordings");
const recorded = (name: string) => JSON.parse(readFileSync(join(recordings, `${name}.json`), "utf8"));
const INSTANCE = "400716688087059494";
const OWNER = "400716688087125030";
const context = { instanceId: INSTANCE, observedDate: "2026-11-22T10:30:00Z" };

it("knows every check of a login among ZITADEL's event types, and no other", () => {
  const types = [
    ...new Set(readFileSync(join(recordings, "et-types.json"), "utf8").match(/user\.[a-z0-9_.]+/g)),
  ];
  const checks = types.filter((type) => /\.check\.(succeeded|failed)$/.test(type));
  expect(checks.length).toBeGreaterThan(20);
  // A code that comes by mail and begins an account, or a way to sign in, is no login.
  const others = checks.filter((type) => !/initialization|invite/.test(type));
  expect(types.filter((type) => checkOf(type)).sort()).toEqual(others.sort());
});

const lockout: ZitadelEvent[] = recorded("login-v1-events-lockout-3-wrong");
const success: ZitadelEvent[] = recorded("login-v1-events-ok-login");

it("makes of each recorded check a login record, the same each time, each with an id of its own", () => {
  const records = [...lockout, ...success].map((event) => readCheck(event, context, 0)?.record);
  expect(records.map((record) => record?.id.slice(0, 3))).toEqual(["l1-", "l1-", "l1-", undefined, "l1-"]);
  expect(new Set(records.map((record) => record?.id)).size).toBe(5);
  expect(readCheck(success[0]!, { ...context, observedDate: "2026-11-23T10:30:00Z" }, 1)?.record.id).toBe(
    records[4]!.id,
  );
  expect(JSON.parse(records[0]!.body)).toEqual({
    id: records[0]!.id,
    source: "events",
    instance: { id: INSTANCE },
    observedDate: context.observedDate,
    organization: { id: OWNER },
    login: {
      time: "2026-11-22T10:25:21.016181Z",
      flow: "internal",
      trigger: "post authentication",
      outcome: "failure",
      method: "password",
      instance: INSTANCE,
      user: { id: "400717519364557862" },
      userOrganization: OWNER,
      authRequest: "400718971013169153",
      agent: "400718970996391937",
      claimedIp: "127.0.0.1",
      userAgent: "Mozilla/5.0 (lab) LoginBot/1.0",
    },
  });
});

/** What the script says of the login whose check is recorded. */
const claim: LoginClaim = {
  id: "0".repeat(32),
  time: "2026-11-22T10:25:18Z",
  flow: "internal",
  trigger: "post authentication",
  outcome: "success",
  user: { id: "400717519364557862" },
  authRequest: "400718965392867329",
};

it("finds the script's record of the same attempt, and no other's", () => {
  const { keys } = readCheck(success[0]!, context, 0)!;
  const found = (changes: Partial<LoginClaim>, organization = OWNER) =>
    keys.includes(reportOf({ ...claim, ...changes }, organization)?.key ?? "none");
  expect(found({})).toBe(true);
  expect(found({ outcome: "failure" })).toBe(false);
  expect(found({ authRequest: "1" })).toBe(false);
  expect(found({ user: { id: "1" } })).toBe(false);
  expect(found({ flow: "external" })).toBe(false);
  expect(found({ trigger: "pre creation" })).toBe(false);
  expect(found({ outcome: undefined })).toBe(false);
  // Another organization's word counts only where the application asked for that organization.
  expect(found({}, "another")).toBe(false);
  expect(found({ requestedOrganization: "another" }, "another")).toBe(true);
  expect(found({ requestedOrganization: OWNER })).toBe(true);
});

it("finds the record of an external login without the user, who may not be known when the script runs", () => {
  const event = structuredClone(success[0]!);
  event.type.type = "user.human.externallogin.check.succeeded";
  const { keys, record } = readCheck(event, context, 0)!;
  expect(JSON.parse(record.body).login).toMatchObject({ flow: "external", outcome: "success" });
  expect(keys).toContain(reportOf({ ...claim, flow: "external", user: undefined }, OWNER)!.key);
});

it("finds no script's record for a check outside of the hosted login that runs Actions", () => {
  const session = recorded("event-examples-by-type")["user / user.human.password.check.succeeded"];
  expect(session.payload).toEqual({});
  const check = readCheck(session, context, 0)!;
  expect(check.keys).toEqual([]);
  expect(JSON.parse(check.record.body).login).not.toHaveProperty("authRequest");
});

it("keeps the report of a script's record and none of a record that is made from an event", () => {
  const made = { ...context, trustedProxies: 0 };
  expect(createLoginRecord(claim, OWNER, { ...made, source: "stdout" }).report).toEqual(
    reportOf(claim, OWNER),
  );
  expect(createLoginRecord(claim, OWNER, { ...made, source: "events" })).toMatchObject({ source: "checks" });
  expect(createLoginRecord(claim, OWNER, { ...made, source: "events" }).report).toBeUndefined();
});
