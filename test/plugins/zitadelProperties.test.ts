import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatGoDuration,
  fromProtobuf,
  parseGoDuration,
  toProtobuf,
} from "../../local/plugins/zitadelDuration";
import { diff, setOrder } from "../../local/plugins/zitadelProperties";

describe("durations", () => {
  it.each([
    ["10s", "10s", "10s"],
    ["60s", "1m0s", "60s"],
    ["1.5h", "1h30m0s", "5400s"],
    ["1m500ms", "1m0.5s", "60.500s"],
    ["1500ms", "1.5s", "1.500s"],
    ["20ms", "20ms", "0.020s"],
    ["1us", "1µs", "0.000001s"],
    ["-2s", "-2s", "-2s"],
    ["2.07s", "2.07s", "2.070s"],
    ["0", "0s", "0s"],
  ])("%s is %s in Go and %s in JSON", (given, go, json) => {
    expect(formatGoDuration(parseGoDuration(given))).toBe(go);
    expect(toProtobuf(parseGoDuration(given))).toBe(json);
  });

  it.each(["", "10", "s", "10 s", "1d", "ten", "+"])("refuses %j", (text) => {
    expect(() => parseGoDuration(text)).toThrow(`time: invalid duration ${JSON.stringify(text)}`);
  });

  it("keep their length through both forms", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e6, max: 1e6 }), (milliseconds) => {
        const nanoseconds = milliseconds * 1e6;
        expect(parseGoDuration(formatGoDuration(nanoseconds))).toBe(nanoseconds);
        expect(fromProtobuf(toProtobuf(nanoseconds))).toBe(nanoseconds);
      }),
      { numRuns: 5_000, examples: [[-2_070], [8_030], [0]] },
    );
  });
});

describe("sets", () => {
  const table = { actionIds: { set: true } } as const;
  const elements = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 8 });

  it("are the same in every order, and different with one element more", () => {
    fc.assert(
      fc.property(elements, fc.infiniteStream(fc.nat()), (values, random) => {
        const shuffled = values
          .map((value) => ({ value, at: random.next().value }))
          .sort((a, b) => a.at - b.at);
        const other = shuffled.map(({ value }) => value);
        expect(setOrder(other)).toEqual(setOrder(values));
        expect(setOrder([...values, ...other])).toEqual(setOrder(values));
        expect(diff(table, { actionIds: values }, { actionIds: other }).changes.size).toBe(0);
        expect(diff(table, { actionIds: values }, { actionIds: [...other, ""] }).changes.size).toBe(1);
      }),
    );
  });

  it("come in the order of Terraform's hashes", () => {
    // crc32 with a semicolon behind the element, as decimal text: 135606385, 2352259389, 889649874.
    const [first, third] = ["400726602180201510", "400726602196978726"] as const;
    expect(setOrder([third, "a", first])).toEqual([first, "a", third]);
  });
});
