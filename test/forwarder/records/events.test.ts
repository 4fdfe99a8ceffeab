import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MalformedAnswerError, parseEvents } from "../../../forwarder/records/events";
import { createNotice } from "../../../forwarder/records/notice";
import { parseJson } from "../../../forwarder/records/rawNumber";

const recordings = join(__dirname, "../../recordings");

describe("an answer of the Events API", () => {
  test("is read as recorded", () => {
    let read = 0;
    for (const file of readdirSync(recordings).filter((name) => name.startsWith("es-"))) {
      const { response } = JSON.parse(readFileSync(join(recordings, file), "utf8"));
      if (response?.status !== 200 || !response.body.startsWith("{")) continue;
      expect(parseEvents(response.body)).toEqual(JSON.parse(response.body).events ?? []);
      read++;
    }
    expect(read).toBeGreaterThan(20);
  });

  test.each(["", "null", "[]", "7", '{"events":7}', '{"events":[7]}', '{"events":[null]}', "<html>"])(
    "is refused when it is %s",
    (text) => {
      expect(() => parseEvents(text)).toThrow(MalformedAnswerError);
    },
  );

  test("is refused without repeating it", () => {
    expect(() => parseEvents("s3cret")).toThrow(/^(?!.*s3cret)/);
  });
});

describe("numbers", () => {
  const number = fc.oneof(
    fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }).map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => String(value)),
    fc.tuple(fc.bigInt({ min: 0n, max: 2n ** 70n }), fc.nat(999_999_999)).map(([a, b]) => `${a}.${b}1`),
    fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: -999, max: 999 }))
      .map(([a, b]) => `${a}e${b}`),
  );

  test("keep their value through parsing and writing", () => {
    fc.assert(
      fc.property(fc.array(number), fc.string(), (numbers, text) => {
        const json = `{"list":[${numbers.join(" , ")}],"at": ${numbers[0] ?? 0},"text":${JSON.stringify(text)}}`;
        const written = JSON.stringify(parseJson(json));
        const digits = /"list":\[([^\]]*)\]/.exec(written)![1]!;
        const left = digits === "" ? [] : digits.split(",");
        expect(left.length).toBe(numbers.length);
        for (const [at, text] of left.entries())
          expect(
            text === numbers[at] || (Number(text) === Number(numbers[at]) && numbers[at]!.length < 17),
          ).toBe(true);
        expect(JSON.parse(written).text).toBe(text);
      }),
    );
  });

  test("that a JavaScript number holds stay JavaScript numbers", () => {
    expect(parseJson('{"a":43200000000000,"b":0.5,"c":2592000000000000}')).toEqual({
      a: 43_200_000_000_000,
      b: 0.5,
      c: 2_592_000_000_000_000,
    });
  });
});

describe("a notice", () => {
  const context = { instanceId: "1", observedDate: "2026-11-22T10:03:30.000001Z" };
  const notice = { type: "history_forked", message: "ZITADEL was restored", aggregates: 3 };

  test("is a record of the forwarder's source", () => {
    const record = createNotice(notice, "user/7/3", context);
    expect(record).toMatchObject({ source: "forwarder", createdMicros: 1_795_341_810_000_001 });
    expect(record.place).toBeUndefined();
    expect(JSON.parse(record.body)).toEqual({
      id: record.id,
      source: "forwarder",
      instance: { id: "1" },
      observedDate: context.observedDate,
      notice,
    });
  });

  test("has an id made of the instance, the type and the key alone", () => {
    const { id } = createNotice(notice, "user/7/3", context);
    expect(createNotice({ ...notice, message: "again", aggregates: 4 }, "user/7/3", context).id).toBe(id);
    expect(createNotice(notice, "user/7/3", { ...context, observedDate: "2027-01-01T00:00:00Z" }).id).toBe(
      id,
    );
    expect(createNotice(notice, "user/7/4", context).id).not.toBe(id);
    expect(createNotice({ ...notice, type: "gap" }, "user/7/3", context).id).not.toBe(id);
    expect(createNotice(notice, "user/7/3", { ...context, instanceId: "2" }).id).not.toBe(id);
  });
});
