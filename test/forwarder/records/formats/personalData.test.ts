import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkConfiguration, type PersonalClass, personalClasses, recordFormats } from "../../../../contract";
import { createFormatter } from "../../../../forwarder/records/formats/formatter";
import { personalFields, type Treatments } from "../../../../forwarder/records/formats/personalData";
import { fieldTable } from "../../../../forwarder/records/redaction/table";
import { eventOf, listedTypes, MARK, payloadWith } from "../redaction/plants";
import {
  brokenText,
  hostileRecord,
  namedRecord,
  otherRecords,
  recordedRecords,
  sessionRecord,
  stored,
} from "./samples";

const all = (treatment: "keep" | "hash" | "drop") =>
  Object.fromEntries(personalClasses.map((name) => [name, treatment])) as Treatments;
const treated = (treatments: Treatments, key?: string) => ({ treatments, key });

/** Where a path of the reviewed table holds personal data, and of which class. */
function classIn(path: string): PersonalClass | undefined {
  return path
    .split(".")
    .map((name) => (Object.hasOwn(personalFields, name) ? personalFields[name] : undefined))
    .findLast((found) => found !== undefined);
}

/** An event of each type, with marked personal data in every field that may hold any. */
const marked = listedTypes
  .filter((type) => !type.startsWith("project.role."))
  .map((type) => {
    const paths = fieldTable[type]!.leaves.filter((path) => classIn(path) !== undefined);
    const event = eventOf(
      type,
      payloadWith(paths, (_, index) => `${MARK}${index}`),
    );
    return { paths, text: stored({ ...event, editor: { userId: "1", displayName: `${MARK}-editor` } }) };
  });

describe.each(recordFormats)("personal data in the format %s", (format) => {
  test("that is dropped or hashed is nowhere in a record", () => {
    expect(marked.flatMap(({ paths }) => paths).length).toBeGreaterThan(100);
    for (const treatment of ["drop", "hash"] as const) {
      const formatter = createFormatter({ format, personalData: treated(all(treatment), "key") });
      for (const { text } of marked) expect(formatter(text)).not.toContain(MARK);
      for (const login of [...otherRecords, sessionRecord, namedRecord]) {
        const shaped = formatter(login)!;
        for (const data of ["bob@example.test", "203.0.113.7", "2001:db8::7", "Mozilla", "fp-1", "a@b.test"])
          expect(shaped).not.toContain(data);
        if (login.includes("bob@")) expect(shaped).toContain("400716715031268390");
      }
    }
  });

  test("is treated the same whatever the filter", () => {
    const personalData = treated({ ...all("keep"), userNames: "hash", emails: "drop" }, "key");
    const without = createFormatter({ format, personalData });
    const pattern = fc.subarray(["user.*", "*.added", "login.*", "*"], { minLength: 1 });
    fc.assert(
      fc.property(
        fc.oneof(hostileRecord, fc.constantFrom(...recordedRecords)),
        pattern,
        pattern,
        (record, include, exclude) => {
          const filter = { include: [{ eventTypes: include }], exclude: [{ eventTypes: exclude }] };
          const shaped = createFormatter({ format, filter, personalData })(record);
          if (shaped !== undefined) expect(shaped).toBe(without(record));
        },
      ),
    );
  });
});

describe("personal data", () => {
  const formatter = (treatments: Partial<Treatments>, key = "key") =>
    createFormatter({ format: "zitadel", personalData: treated({ ...all("keep"), ...treatments }, key) });

  test("of each class is treated by itself, and all else stays as it is", () => {
    for (const [index, only] of personalClasses.entries())
      for (const { paths, text } of marked) {
        const kept = paths.filter((path) => classIn(path) !== only).length;
        const shaped = formatter({ [only]: "drop" })(text)!;
        expect(shaped.match(new RegExp(`"${MARK}\\d+"`, "g"))?.length ?? 0).toBe(kept);
        expect(shaped.includes(`${MARK}-editor`)).toBe(index !== 0);
      }
    for (const record of recordedRecords) {
      const untouched = formatter({ ipAddresses: "drop" })(record)!;
      if (!record.includes("Ip") && !record.includes('"ip"'))
        expect(JSON.parse(untouched)).toEqual(JSON.parse(record));
    }
  });

  test("that is hashed is the same for the same text and key alone", () => {
    const record = stored(eventOf("user.human.email.changed", { email: "ann@example.test" }));
    const hash = `hmac:${createHmac("sha256", "key").update("ann@example.test").digest("hex").slice(0, 32)}`;
    expect(JSON.parse(formatter({ emails: "hash" })(record)!).event.payload).toEqual({ email: hash });
    expect(formatter({ emails: "hash" }, "another")(record)).not.toContain(hash);
  });

  test("leaves a role's display name alone", () => {
    const record = stored(eventOf("project.role.added", { key: "admin", displayName: "Admin" }));
    expect(formatter({ userNames: "drop" })(record)).toContain('"displayName":"Admin"');
  });

  test("keeps the digits of numbers, and says nothing of a text that is no record", () => {
    const record = recordedRecords[0]!.replace('"payload":{', '"payload":{"n":12345678901234567890,');
    expect(formatter({ emails: "drop" })(record)).toContain('"n":12345678901234567890');
    fc.assert(
      fc.property(brokenText, (text) => {
        expect(typeof JSON.parse(formatter({ emails: "drop" })(text)!)).toBe("object");
      }),
    );
  });

  test("has a class for every field of the reviewed table that may name a person", () => {
    const names = new Set(Object.values(fieldTable).flatMap(({ leaves }) => leaves));
    const suspicious = [...names].filter((path) => /name|mail|phone|address|ip$|agent/i.test(path));
    const unclassed = suspicious.filter((path) => classIn(path) === undefined);
    expect(unclassed.sort()).toEqual(namesNoPerson);
  });
});

/** Names of things, settings, and addresses of the instance itself. */
const namesNoPerson = (
  "Name allowUsernamePassword applicationName disableLoginWithEmail disableLoginWithPhone displayNameAttribute " +
  "emailAttribute emailVerifiedAttribute firstNameAttribute headerName hideLoginNameSuffix idpDisplayNameMapping " +
  "ignoreUnknownUsernames isEmailVerified lastNameAttribute mailTextType name nameIDFormat " +
  "nickNameAttribute phoneAttribute phoneVerifiedAttribute preferredUsernameAttribute replyToAddress senderAddress " +
  "senderName smtpSenderAddressMatchesInstanceDomain supportEmail transientMappingAttributeName usernameMapping"
).split(" ");

describe("declared personal data", () => {
  const problems = (personalData: unknown) =>
    checkConfiguration({
      zitadel: { issuer: "https://z.example.com", credentials: { personalAccessTokenFile: "pat" } },
      events: { startFrom: "beginning" },
      destinations: [{ name: "log", stdout: {}, personalData }],
    }).problems?.map(({ path, message }) => `${path} ${message}`);

  test("needs a key exactly where something is hashed", () => {
    expect(problems({ emails: "drop" })).toBeUndefined();
    expect(problems({ emails: "hash", hashKey: "key" })).toBeUndefined();
    expect(problems({ emails: "hash" })).toEqual([
      "destinations[0].personalData.hashKey is missing: give a key to hash with, for example 32 random bytes in base64",
    ]);
    expect(problems({ emails: "drop", hashKey: "key" })).toEqual([
      'destinations[0].personalData.hashKey is given and nothing is hashed: set a class to "hash", or take the key out',
    ]);
  });
});
