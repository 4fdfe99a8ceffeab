import fc from "fast-check";
import { createEventRecord } from "../../../../forwarder/records/eventRecord";
import { withNames } from "../../../../forwarder/records/names";
import { createNotice } from "../../../../forwarder/records/notice";
import type { LoginRecordBody, TargetRecordBody, ZitadelEvent } from "../../../../forwarder/records/record";
import { createRedaction } from "../../../../forwarder/records/redaction/redaction";
import { type SessionContext, withSession } from "../../../../forwarder/records/session";
import { eventOf, knownPaths, listedTypes, payloadWith, recordedEvents } from "../redaction/plants";

const redaction = createRedaction();
const instanceId = "400716688087059494";
const context = { instanceId, observedDate: "2026-11-22T10:03:30.123456Z" };

/** An event as the journal keeps it. */
export const stored = (event: ZitadelEvent) => createEventRecord(event, context, redaction).body;

const failedLogin: LoginRecordBody = {
  id: "l1-0123456789abcdef0123456789abcdef",
  source: "webhook",
  instance: { id: instanceId },
  observedDate: "2026-11-22T10:03:31.000Z",
  organization: { id: "400716712430799910" },
  login: {
    time: "2026-11-22T10:03:30.987Z",
    flow: "internal",
    trigger: "post authentication",
    outcome: "failure",
    error: "COMMAND-3M0fs",
    method: "password",
    user: { id: "400716715031268390", loginName: "bob@example.test" },
    application: "400716690771414054",
    claimedIp: "203.0.113.7",
    userAgent: "Mozilla/5.0",
  },
};

const { error: _error, claimedIp: _claimed, ...login } = failedLogin.login;

const call: TargetRecordBody = {
  id: "l1-3123456789abcdef0123456789abcdef",
  source: "webhook",
  instance: { id: instanceId },
  observedDate: "2026-11-22T10:03:32.000Z",
  target: { name: "sessions", organization: "400716712430799910" },
  call: { fullMethod: "/zitadel.session.v2.SessionService/CreateSession", userID: "17", email: "a@b.test" },
};

/** What is no event. */
export const otherRecords: readonly string[] = [
  JSON.stringify(failedLogin),
  JSON.stringify({
    ...failedLogin,
    id: "l1-1123456789abcdef0123456789abcdef",
    source: "stdout",
    login: { ...login, outcome: "success", sourceIp: "2001:db8::7" },
  }),
  JSON.stringify({
    ...failedLogin,
    id: "l1-2123456789abcdef0123456789abcdef",
    login: { time: failedLogin.login.time, flow: "external", trigger: "pre creation" },
  }),
  JSON.stringify(call),
  createNotice(
    {
      type: "range_clipped",
      message: "gone",
      destination: "soc",
      from: "2026-11-22T09:00:00.000Z",
      heldFrom: "2026-11-22T09:30:00.000Z",
    },
    "key",
    context,
  ).body,
];

/** A recorded event of a session that says nothing of where it came from, with what the session began with. */
export const sessionRecord = withSession(
  stored(recordedEvents.find(({ type }) => type.type === "session.password.checked")!),
  JSON.stringify({
    id: "400716717682068518",
    userAgent: {
      fingerprint_id: "fp-1",
      ip: "203.0.113.7",
      description: "Firefox",
      header: { "user-agent": "Mozilla/5.0" },
    },
  } satisfies SessionContext),
);

/** A recorded event that names nobody, with the names that were found. */
export const namedRecord = withNames(
  stored(recordedEvents.find(({ type }) => type.type === "user.human.password.check.succeeded")!),
  [
    { kind: "user", id: "400716715031268390" },
    { kind: "org", id: "400716712430799910" },
  ],
  ({ kind }) => (kind === "user" ? "bob@example.test" : "ACME"),
);

/** The recorded events, and what is made of more than an event. */
export const recordedRecords: readonly string[] = [
  ...recordedEvents.map(stored),
  ...otherRecords,
  sessionRecord,
  namedRecord,
];

/** Texts for payload fields: right, and as wrong as they come. */
const text = fc.oneof(
  fc.constantFrom("203.0.113.9", "2001:db8::1", "<nil>", "ann@example.test", "not @ mail", "", "LOGIN"),
  fc.string({ maxLength: 20 }),
  fc.string({ unit: "binary", maxLength: 5 }),
);
const value = fc.oneof(
  { weight: 4, arbitrary: text },
  fc.array(text, { maxLength: 3 }),
  fc.constantFrom(null, true, 1.5, -3, 1e300, {}, [], { header: { "User-Agent": ["x"] }, ip: "1.2.3.4" }),
);

/** A payload that may hold any field that ZITADEL is known to send with this type, and any value in it. */
const payloadOf = (type: string) =>
  fc.subarray(knownPaths(type).length === 0 ? ["name"] : knownPaths(type)).chain((paths) =>
    fc
      .array(value, { minLength: paths.length, maxLength: paths.length })
      // A copy of each: a further path may lead into it, and the next record is to find it as it was.
      .map((values) => payloadWith(paths, (_, index) => structuredClone(values[index]))),
  );

/** Records of listed and invented types, with whatever a server may leave out or send. */
export const hostileRecord: fc.Arbitrary<string> = fc
  .oneof(
    { weight: 5, arbitrary: fc.constantFrom(...listedTypes) },
    fc.constantFrom("x", "new.type.added", ".", "__proto__"),
  )
  .chain((type) =>
    fc
      .record({
        payload: fc.oneof(
          { weight: 4, arbitrary: listedTypes.includes(type) ? payloadOf(type) : fc.constant({}) },
          fc.constantFrom(undefined, null, [], 7, "text"),
        ),
        editor: fc.constantFrom(
          undefined,
          {},
          { userId: "LOGIN" },
          { service: "s" },
          { userId: "1", displayName: "A" },
        ),
        owner: fc.constantFrom(undefined, instanceId, "17"),
        session: fc.option(fc.record({ id: text, userAgent: fc.record({ ip: value, header: value }) })),
      })
      .map(({ payload, editor, owner, session }) => {
        const event = eventOf(type, payload);
        const made = stored({ ...event, editor, aggregate: { ...event.aggregate, resourceOwner: owner } });
        return session ? withSession(made, JSON.stringify(session)) : made;
      }),
  );

/** Texts that our own writer never makes: a journal may have come from elsewhere. */
export const brokenText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom("", "{", "null", "[]", '"x"', "{}", '{"event":{}}', '{"event":[]}', '{"login":{"user":1}}'),
  fc.json(),
  fc.json().map((json) => `{"id":1,"source":[],"event":${json},"observedDate":${json}}`),
  fc
    .json()
    .map((json) => `{"event":{"type":${json},"aggregate":${json},"editor":${json},"payload":${json}}}`),
);
