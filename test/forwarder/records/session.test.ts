import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createEventRecord } from "../../../forwarder/records/eventRecord";
import { createRedaction } from "../../../forwarder/records/redaction/redaction";
import { CONTEXT_BYTES, withSession } from "../../../forwarder/records/session";
import { eventOf, recordedEvents } from "./redaction/plants";

const redaction = createRedaction();
const context = { instanceId: "1", observedDate: "2026-11-22T10:03:30.123456Z" };
const sessionOf = (type: string, payload: unknown, aggregateType: string, id = "17") => {
  const event = { ...eventOf(type, payload), aggregate: { id, type: { type: aggregateType } } };
  return createEventRecord(event, context, redaction).session;
};
const contextOf = (type: string, payload: unknown, aggregateType: string) => {
  const text = sessionOf(type, payload, aggregateType)?.begins;
  return text === undefined ? undefined : JSON.parse(text);
};

describe("the session of an event", () => {
  test("is told for the recorded events", () => {
    const told = recordedEvents
      .map((event) => [event.type.type, createEventRecord(event, context, redaction).session] as const)
      .filter(([, session]) => session !== undefined);
    const login = "session/400716717682068518";
    expect(Object.fromEntries(told)).toEqual({
      "session.added": {
        key: login,
        begins:
          '{"id":"400716717682068518","userAgent":{"fingerprint_id":"fp-1","ip":"203.0.113.9",' +
          '"description":"UA test","header":{"user-agent":"curl/8"}}}',
      },
      "session.user.checked": { key: login },
      "session.password.checked": { key: login },
      "session.metadata.set": { key: login },
      "session.token.set": { key: login },
      "session.terminated": { key: "session/400716720232205350", ends: true },
      "oidc_session.added": { key: "oidc_session/V2_400716743753862182", begins: undefined },
      "oidc_session.access_token.added": { key: "oidc_session/V2_400716743753862182" },
    });
  });

  test("of OpenID Connect begins with the browser and the login session that it names", () => {
    // As login-v1-events-no-action.json recorded it.
    const userAgent = { description: "LoginBot/1.0", fingerprint_id: "400717565032139814" };
    const payload = { sessionID: "V1_400717572145679398", userAgent };
    expect(contextOf("oidc_session.added", payload, "oidc_session")).toEqual({
      id: "V1_400717572145679398",
      userAgent,
    });
  });

  test("is the one that a request was linked to", () => {
    expect(sessionOf("auth_request.session.linked", { session_id: "5" }, "auth_request")?.key).toBe(
      "session/5",
    );
    expect(sessionOf("auth_request.added", { session_id: "5" }, "auth_request")).toBeUndefined();
  });

  test("is none for an id that no ZITADEL makes", () => {
    expect(sessionOf("session.token.set", {}, "session", "5".repeat(201))).toBeUndefined();
  });

  test("holds nothing that the beginning does not show", () => {
    const hash = "$2a$14$5cVoJ5yzgkx0AAwW8.LqaqVYP/47vZczq7TYWsJ0JgjIHKdi";
    const user_agent = {
      description: hash,
      ip: "203.0.113.9",
      header: { cookie: ["a"], "user-agent": ["x"] },
    };
    expect(contextOf("session.added", { user_agent, metadata: "a" }, "session")).toEqual({
      id: "17",
      userAgent: { ip: "203.0.113.9", header: { "user-agent": "x" } },
    });
  });
});

test("a context is JSON of bounded length, whatever a client says of itself", () => {
  const text = fc.oneof(
    fc.string({ maxLength: 3000 }),
    fc.string({ unit: "binary", maxLength: 1000 }),
    fc.nat(3000).map((length) => "\u0001".repeat(length)),
    fc.nat(2000).map((length) => "😀".repeat(length)),
  );
  const agent = fc.record(
    {
      fingerprint_id: text,
      ip: text,
      description: text,
      header: fc.oneof(fc.record({ "User-Agent": fc.array(text) }), fc.constant({ "user-agent": 7 })),
    },
    { requiredKeys: [] },
  );
  let shortened = 0;
  fc.assert(
    fc.property(agent, text, (userAgent, sessionID) => {
      const begins = sessionOf("oidc_session.added", { userAgent, sessionID }, "oidc_session")?.begins;
      if (begins === undefined) return;
      if (Buffer.byteLength(JSON.stringify({ userAgent })) > CONTEXT_BYTES) shortened += 1;
      expect(Buffer.byteLength(begins)).toBeLessThanOrEqual(CONTEXT_BYTES);
      expect(JSON.parse(withSession('{"id":"1"}', begins))).toEqual({ id: "1", session: JSON.parse(begins) });
      expect(JSON.parse(begins).userAgent).toBeTypeOf("object");
    }),
    { numRuns: 500 },
  );
  expect(shortened).toBeGreaterThan(50);
});
