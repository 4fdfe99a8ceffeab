import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseJson } from "../../../forwarder/records/rawNumber";

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
