import { describe, expect, test } from "vitest";
import { createEventRecord } from "../../../../forwarder/records/eventRecord";
import { createNotice } from "../../../../forwarder/records/notice";
import type { ZitadelEvent } from "../../../../forwarder/records/record";
import { createRedaction } from "../../../../forwarder/records/redaction/redaction";
import { fieldsOf } from "../../../../forwarder/records/redaction/table";
import {
  eventOf,
  knownPaths,
  listedTypes,
  MARK,
  payloadWith,
  randomWords,
  recordedEvents,
  secretObjects,
  secretTexts,
  withStrings,
} from "./plants";

const context = { instanceId: "400716688087059494", observedDate: "2026-11-22T10:03:30.000000Z" };
const withRelease = createRedaction({ release: [{ eventType: "invented.type", field: "released" }] });
const secrets = [...secretTexts, ...secretObjects];

/** Which of these events, each with a word that names it, become a record with the mark in it. */
function leaks(planted: Iterable<[name: string, event: ZitadelEvent]>): string[] {
  const leaked: string[] = [];
  let looked = 0;
  for (const [name, event] of planted) {
    looked++;
    const record = JSON.stringify(createEventRecord(event, context, withRelease));
    if (record.includes(MARK)) leaked.push(`${name}: ${record}`);
  }
  expect(looked).toBeGreaterThan(0);
  return leaked.slice(0, 5);
}

describe("a secret known by its shape", () => {
  test("never leaves in any string of a recorded event's payload", () => {
    expect(
      leaks(
        (function* () {
          for (const event of recordedEvents)
            for (const secret of secrets)
              for (const value of [secret, [secret], { within: secret }])
                yield [
                  `${event.type.type} ${JSON.stringify(secret)}`,
                  { ...event, payload: withStrings(event.payload, () => value) },
                ];
        })(),
      ),
    ).toEqual([]);
  });

  test("never leaves in any string around a recorded event's payload", () => {
    expect(
      leaks(
        (function* () {
          for (const { payload, sequence, creationDate, ...around } of recordedEvents)
            for (const secret of secretTexts) {
              const planted = withStrings(around, () => secret) as typeof around;
              yield [secret, { ...planted, sequence, creationDate, payload }];
            }
        })(),
      ),
    ).toEqual([]);
  });

  test("never leaves in any field of a listed type, known or not, at any depth", () => {
    expect(
      leaks(
        (function* () {
          for (const type of listedTypes)
            for (const [shift, secret] of secrets.entries()) {
              const rotated = (_: string, at: number) => secretTexts[(at + shift) % secretTexts.length];
              const unknown = { unknown: secret, nested: { deeper: [secret, { deepest: secret }] } };
              const known = knownPaths(type);
              yield [`${type} strings`, eventOf(type, { ...payloadWith(known, rotated), ...unknown })];
              yield [
                `${type} lists`,
                eventOf(
                  type,
                  payloadWith(known, () => ["plain", secret]),
                ),
              ];
              yield [
                `${type} objects`,
                eventOf(
                  type,
                  payloadWith(known, () => ({ within: secret })),
                ),
              ];
            }
        })(),
      ),
    ).toEqual([]);
  });

  test("never leaves in an invented type, in a field released or not", () => {
    const named = { password: MARK, clientSecret: MARK, a: { Authorization: MARK, refresh_token: [MARK] } };
    expect(
      leaks(
        (function* () {
          for (const secret of [...secrets, named])
            for (const value of [secret, [secret], { a: secret, b: { c: [secret] } }])
              yield [JSON.stringify(secret), eventOf("invented.type", { released: value, other: value })];
        })(),
      ),
    ).toEqual([]);
  });

  test("never leaves as a key", () => {
    expect(
      leaks(
        (function* () {
          for (const secret of secretTexts)
            for (const type of ["invented.type", "user.human.added", "session.added", "execution.v2.set"])
              yield [
                `${type} ${secret}`,
                eventOf(type, {
                  [secret]: "x",
                  user_agent: { [secret]: 1, header: { [secret]: ["x"] } },
                  targets: [{ [secret]: true }],
                  released: { [secret]: 1, deeper: [{ [secret]: {} }] },
                }),
              ];
        })(),
      ),
    ).toEqual([]);
  });

  test("never leaves in a notice", () => {
    for (const secret of secretTexts)
      expect(
        createNotice({ type: "history_forked", message: secret, places: { deep: [secret] } }, "key", context)
          .body,
      ).not.toContain(MARK);
  });
});

test("a long random word leaves in a field of ids alone", () => {
  const id = (path: string) => /([iI][dD]s?|[fF]ingerprint)$/.test(path);
  const others = (type: string) => knownPaths(type).filter((path) => !path.split(".").some(id));
  expect(
    leaks(
      (function* () {
        for (const type of listedTypes)
          for (const word of randomWords) {
            yield [type, eventOf(type, { ...payloadWith(others(type), () => word), unknown: word })];
            yield [
              type,
              eventOf(
                type,
                payloadWith(others(type), () => [word]),
              ),
            ];
          }
      })(),
    ),
  ).toEqual([]);
  const subject = "Xk3vP9qLm2Rt7Yw4Zb8Nc5Hd1Fg6Js0AaBbCcDdEe_-";
  const linked = eventOf("user.human.externalidp.added", { idpConfigId: "1", userId: subject });
  expect(createEventRecord(linked, context, withRelease).body).toContain(subject);
});

test("a device authorization leaves without its device code, which is its aggregate's id", () => {
  const event = eventOf("device.authorization.approved", { Subject: "400716725634468902" });
  event.aggregate = { id: "kQ3v-device-code", type: { type: "device_auth" }, resourceOwner: "1" };
  const record = createEventRecord(event, context, withRelease);
  expect(JSON.stringify(record)).not.toContain("device-code");
  expect(record.place?.aggregateId).toMatch(/^sha256:[0-9a-f]{32}$/);
  expect(JSON.parse(record.body).event.aggregate.id).toBe(record.place?.aggregateId);
  const other = { ...event, aggregate: { ...event.aggregate, id: "another" } };
  expect(createEventRecord(other, context, withRelease).place?.aggregateId).not.toBe(
    record.place?.aggregateId,
  );
});

test("the secrets that ZITADEL's payloads are known to hold are secrets in the table", () => {
  const expected: [type: string, field: string][] = [
    ["user.human.added", "encodedHash"],
    ["user.human.password.changed", "encodedHash"],
    ["user.human.password.hash.updated", "encodedHash"],
    ["user.machine.secret.set", "hashedSecret"],
    ["user.human.mfa.otp.added", "otpSecret"],
    ["user.human.mfa.recoverycode.added", "codes"],
    ["user.human.mfa.u2f.token.added", "challenge"],
    ["user.human.passwordless.token.begin.login", "challenge"],
    ["session.webAuthN.challenged", "challenge"],
    ["session.metadata.set", "metadata"],
    ["user.metadata.set", "value"],
    ["org.metadata.set", "value"],
    ["action.added", "script"],
    ["action.changed", "script"],
    ["target.added", "endpoint"],
    ["target.added", "signingKey"],
    ["instance.sms.confighttp.added", "endpoint"],
    ["instance.smtp.config.http.changed", "endpoint"],
    ["instance.smtp.config.added", "plainAuth.password"],
    ["instance.sms.configtwilio.added", "token"],
    ["quota.added", "notifications.callUrl"],
    ["quota.notificationdue", "callURL"],
    ["device.authorization.added", "DeviceCode"],
    ["device.authorization.added", "UserCode"],
    ["idpintent.succeeded", "idpIdToken"],
    ["idpintent.succeeded", "idpAccessToken"],
    ["idpintent.succeeded", "idpUser"],
    ["idpintent.saml.succeeded", "assertion"],
    ["auth_request.added", "nonce"],
    ["auth_request.added", "login_hint"],
    ["oidc_session.added", "nonce"],
    ["key_pair.added", "privateKey.key"],
    ["web_key.added", "privateKey"],
    ["org.domain.verification.added", "validationCode"],
    ["org.idp.google.added", "clientSecret"],
    ["instance.idp.azure.changed", "client_secret"],
    ["instance.idp.ldap.v2.added", "bindPassword"],
    ["instance.idp.saml.added", "key"],
    ["project.application.config.oidc.added", "clientSecret"],
    ["project.application.config.api.secret.changed", "hashedSecret"],
    ...listedTypes
      .filter((type) => /code\.(added|requested)$/.test(type) && !type.includes("recoverycode"))
      .map((type): [string, string] => [type, "code"]),
  ];
  expect(expected.filter(([type, field]) => !fieldsOf(type)!.secret.includes(field))).toEqual([]);
});
