import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RecordFormat } from "../../../../contract";
import { createFormatter } from "../../../../forwarder/records/formats/formatter";
import { withSession } from "../../../../forwarder/records/session";
import { eventOf } from "../redaction/plants";
import {
  brokenText,
  hostileRecord,
  namedRecord,
  otherRecords,
  recordedRecords,
  sessionRecord,
  stored,
} from "./samples";

const formats: readonly RecordFormat[] = ["zitadel", "ecs", "ocsf", "otel"];

describe.each(formats)("the format %s", (format) => {
  const formatter = createFormatter({ format });

  test("of the recorded events, of logins and of a notice is as it was reviewed", () => {
    const texts = recordedRecords.map((record) => formatter(record));
    const file = join(__dirname, "golden", `${format}.golden.json`);
    if (process.env.UPDATE_GOLDEN === "1") writeFileSync(file, `[\n${texts.join(",\n")}\n]\n`);
    const golden: unknown[] = JSON.parse(readFileSync(file, "utf8"));
    expect(golden).toHaveLength(103);
    expect(texts.map((text) => JSON.parse(text!))).toEqual(golden);
  });

  test("is one JSON object, whatever the journal holds", () => {
    fc.assert(
      fc.property(hostileRecord, (record) => {
        const made = JSON.parse(formatter(record)!);
        const { id } = JSON.parse(record);
        expect(JSON.stringify(made)).toContain(id);
      }),
      { numRuns: 1000 },
    );
    if (format !== "zitadel")
      fc.assert(
        fc.property(brokenText, (text) => {
          expect(typeof JSON.parse(formatter(text)!)).toBe("object");
        }),
        { numRuns: 1000 },
      );
  });
});

const made = (format: RecordFormat, record: string, addressTrusted = false) =>
  JSON.parse(createFormatter({ format, addressTrusted })(record)!);

describe("an address that the client wrote itself", () => {
  const check = stored(
    eventOf("user.human.password.check.failed", { remoteIP: "203.0.113.9", userAgent: "curl/8" }),
  );

  test("is a claim and no source", () => {
    const ecs = made("ecs", check);
    expect([ecs.source, ecs.related.ip, ecs.labels]).toEqual([
      undefined,
      undefined,
      { claimed_ip: "203.0.113.9" },
    ]);
    const ocsf = made("ocsf", check);
    expect([ocsf.src_endpoint, ocsf.unmapped.claimed_ip]).toEqual([undefined, "203.0.113.9"]);
    const otel = JSON.stringify(made("otel", check).attributes);
    expect(otel).not.toContain("client.address");
    expect(otel).toContain("zitadel.claimed_address");
  });

  test("is the source once the declaration says which proxies are trusted", () => {
    const ecs = made("ecs", check, true);
    expect([ecs.source.ip, ecs.related.ip, ecs.labels]).toEqual(["203.0.113.9", ["203.0.113.9"], undefined]);
    const ocsf = made("ocsf", check, true);
    expect([ocsf.src_endpoint.ip, ocsf.unmapped.claimed_ip]).toEqual(["203.0.113.9", undefined]);
    expect(JSON.stringify(made("otel", check, true).attributes)).toContain("client.address");
  });

  test("of a login record was decided when the record came", () => {
    expect(made("ecs", otherRecords[0]!, true).labels).toEqual({ claimed_ip: "203.0.113.7" });
    expect(made("ecs", otherRecords[1]!).source.ip).toBe("2001:db8::7");
  });

  test("is left out where it is no address", () => {
    const nil = stored(eventOf("user.human.password.check.failed", { remoteIP: "<nil>" }));
    expect([made("ecs", nil, true).source, made("ecs", nil).labels]).toEqual([undefined, undefined]);
  });
});

describe("the address with which a session began", () => {
  test("is that of its later events, and said to be the session's", () => {
    const ecs = made("ecs", sessionRecord, true);
    expect([ecs.source.ip, ecs.user_agent.original, ecs.zitadel.address_from]).toEqual([
      "203.0.113.7",
      "Mozilla/5.0",
      "session",
    ]);
    const ocsf = made("ocsf", sessionRecord, true);
    expect([ocsf.src_endpoint.ip, ocsf.http_request.user_agent]).toEqual(["203.0.113.7", "Mozilla/5.0"]);
    const otel = JSON.stringify(made("otel", sessionRecord, true).attributes);
    for (const name of ["client.address", "user_agent.original", "zitadel.address_from"])
      expect(otel).toContain(name);
  });

  test("is a claim where no proxy is trusted", () => {
    const ecs = made("ecs", sessionRecord);
    expect([ecs.source, ecs.related?.ip, ecs.labels]).toEqual([
      undefined,
      undefined,
      { claimed_ip: "203.0.113.7" },
    ]);
  });

  test("gives way to what the event itself says, whole", () => {
    const check = stored(eventOf("user.human.password.check.failed", { remoteIP: "198.51.100.1" }));
    const { session } = JSON.parse(sessionRecord);
    const ecs = made("ecs", withSession(check, JSON.stringify(session)), true);
    expect([ecs.source.ip, ecs.user_agent, ecs.zitadel.address_from]).toEqual([
      "198.51.100.1",
      undefined,
      undefined,
    ]);
  });
});

test("names that were found are told where the event gives none", () => {
  const ecs = made("ecs", namedRecord);
  expect([ecs.user.name, ecs.organization.name]).toEqual(["bob@example.test", "ACME"]);
  const ocsf = made("ocsf", namedRecord);
  expect([ocsf.user.name, ocsf.user.org.name]).toEqual(["bob@example.test", "ACME"]);
  const otel = JSON.stringify(made("otel", namedRecord).attributes);
  for (const name of ["user.name", "zitadel.organization.name"]) expect(otel).toContain(`"${name}"`);
  // Found for another user than the one whom the record is about.
  const other = namedRecord.replaceAll('"names":{"user":{"id":"4', '"names":{"user":{"id":"5');
  expect(other).not.toBe(namedRecord);
  expect(made("ecs", other).user.name).toBeUndefined();
});

test("a time keeps its microseconds, and a number its digits", () => {
  const digits = "12345678901234567890";
  const record = stored(eventOf("user.human.added", {})).replace(
    /"payload":\{\}/,
    `"payload":{"n":${digits}}`,
  );
  expect(record).toContain(digits);
  expect(made("ecs", record)["@timestamp"]).toBe("2026-11-22T10:02:40.274337Z");
  expect(made("ocsf", record).metadata.original_time).toBe("2026-11-22T10:02:40.274337Z");
  expect(made("ocsf", record).time).toBe(Date.parse("2026-11-22T10:02:40.274Z"));
  expect(made("otel", record).timeUnixNano).toBe("1795341760274337000");
  for (const format of ["ecs", "ocsf", "otel"] as const)
    expect(createFormatter({ format })(record)).toContain(digits);
});

test("whatever the hosted login writes was done by the person whom it is about", () => {
  const event = { ...eventOf("user.human.password.changed", {}), editor: { userId: "LOGIN" } };
  const { user } = made("ecs", stored({ ...event, aggregate: { id: "17", type: { type: "user" } } }));
  expect([user.id, user.target.id]).toEqual(["17", "17"]);
});
