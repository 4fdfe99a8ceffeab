import * as fc from "fast-check";
import { expect, it } from "vitest";
import { loginId } from "../../../forwarder/records/identity";
import { createLoginRecord, type LoginContext } from "../../../forwarder/records/loginRecord";
import type { LoginRecordBody } from "../../../forwarder/records/record";
import { claimOf } from "../sources/logins/signing";

const context: LoginContext = {
  instanceId: "instance",
  observedDate: "2026-11-22T10:03:12.004211Z",
  source: "webhook",
  trustedProxies: 0,
};

function bodyOf(claim: Parameters<typeof claimOf>[0], given: Partial<LoginContext> = {}, organization = "A") {
  return JSON.parse(createLoginRecord(claimOf(claim), organization, { ...context, ...given }).body);
}

it("says what the claim says, with the organization whose secret signed, under one id from both sources", () => {
  const id = "0123456789abcdef0123456789abcdef";
  const claim = claimOf({ id, time: "2026-11-22T10:03:11.749Z", userAgent: "Mozilla/5.0 (X11; Linux)" });
  const record = createLoginRecord(claim, "A", context);
  const { id: _, ...said } = claim;
  expect(record).toMatchObject({
    id: loginId("A", id),
    source: "webhook",
    createdMicros: Date.parse("2026-11-22T10:03:11.749Z") * 1000,
  });
  expect(record.id).toMatch(/^l1-[0-9a-f]{32}$/);
  const body: LoginRecordBody = JSON.parse(record.body);
  expect(body).toEqual({
    id: record.id,
    source: "webhook",
    instance: { id: "instance" },
    observedDate: context.observedDate,
    organization: { id: "A" },
    login: said,
  });
  expect(createLoginRecord(claim, "A", { ...context, source: "stdout" }).id).toBe(record.id);
  expect(createLoginRecord(claim, "B", context).id).not.toBe(record.id);
});

it("takes an address for the source only when a trusted proxy set it", () => {
  const ip = "203.0.113.7";
  expect(bodyOf({ ip }).login).toMatchObject({ claimedIp: ip });
  expect(bodyOf({ ip }, { trustedProxies: 0 }).login).toMatchObject({ claimedIp: ip });
  expect(bodyOf({ ip }, { trustedProxies: 1 }).login).toMatchObject({ sourceIp: ip });
  expect(bodyOf({ ip: "2001:db8::1" }, { trustedProxies: 2 }).login).toMatchObject({
    sourceIp: "2001:db8::1",
  });
  expect(bodyOf({ ip: "203.0.113.7, evil" }, { trustedProxies: 1 }).login).toMatchObject({
    claimedIp: "203.0.113.7, evil",
  });
  for (const trustedProxies of [0, 1])
    expect(bodyOf({ ip }, { trustedProxies }).login).not.toHaveProperty("ip");
});

it("takes secrets out of every text", () => {
  const token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
  const text = createLoginRecord(
    claimOf({
      userAgent: `curl Authorization: Bearer ${token}`,
      user: { loginName: `https://erika:Sommer2026!@example.com/?token=${token}` },
      extra: { host: `x?password=hunter2secret`, [token]: "value" },
      error: "$2a$14$abcdefghijklmnopqrstuv",
    }),
    "A",
    context,
  ).body;
  for (const secret of [token, "Sommer2026!", "hunter2secret", "$2a$14$"]) expect(text).not.toContain(secret);
  expect(text).toContain("[withheld]");
});

it("a user agent that holds a whole record stays one text, whatever it holds", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.boolean(), (noise, asRecord) => {
      const forged = JSON.stringify({ id: "l1-0", organization: { id: "A" }, login: { outcome: "success" } });
      const userAgent = asRecord ? `"},${forged.slice(1)}${noise}\n${forged}` : noise;
      const body = bodyOf({ userAgent }, {}, "B");
      expect(body.organization).toEqual({ id: "B" });
      expect(body.login.outcome).toBe("failure");
      expect(Object.keys(body)).toEqual([
        "id",
        "source",
        "instance",
        "observedDate",
        "organization",
        "login",
      ]);
      expect(typeof body.login.userAgent).toBe("string");
    }),
  );
});
