import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { creationMicros, formatMicros, InvalidTimeError } from "../../../forwarder/records/micros";

const micros = fc.integer({ min: -8_900_000_000_000_000, max: 8_900_000_000_000_000 });

describe("creation times", () => {
  test.each([
    ["2026-11-22T10:03:11.749184Z", 1_795_341_791_749_184],
    ["2026-11-22T10:03:11.749Z", 1_795_341_791_749_000],
    ["2026-11-22T10:03:11Z", 1_795_341_791_000_000],
    ["2026-11-22T12:03:11.749184+02:00", 1_795_341_791_749_184],
    ["2026-11-22T04:33:11.749184-05:30", 1_795_341_791_749_184],
    ["2026-11-22T10:03:11.749184999Z", 1_795_341_791_749_184],
    ["1970-01-01T00:00:00.000001Z", 1],
    ["1969-12-31T23:59:59.999999Z", -1],
    ["2024-02-29T00:00:00Z", 1_709_164_800_000_000],
  ])("%s is %d µs", (text, expected) => {
    expect(creationMicros(text)).toBe(expected);
  });

  test.each([
    "",
    "2026-11-22",
    "2026-11-22T10:03:11",
    "2026-11-22T10:03:11.Z",
    "2026-11-22T10:03:11.1234567890Z",
    "2026-11-22T24:00:00Z",
    "2026-11-22T10:60:00Z",
    "2026-11-22T10:03:60Z",
    "2026-02-29T10:03:11Z",
    "2026-13-01T10:03:11Z",
    "2026-00-01T10:03:11Z",
    "2026-11-22T10:03:11+24:00",
    "2026-11-22T10:03:11+0200",
    "0001-01-01T00:00:00Z",
    "2300-01-01T00:00:00Z",
    " 2026-11-22T10:03:11Z",
    "2026-11-22T10:03:11Z\n",
  ])("%j is refused", (text) => {
    expect(() => creationMicros(text)).toThrow(InvalidTimeError);
  });

  test("survive being written and read", () => {
    fc.assert(fc.property(micros, (value) => creationMicros(formatMicros(value)) === value));
  });

  test("with fewer digits are the same time as with zeros", () => {
    fc.assert(
      fc.property(micros, fc.nat(9), fc.nat(999), (value, digits, nanos) => {
        const [whole, fraction] = formatMicros(value).slice(0, -1).split(".") as [string, string];
        const all = fraction + String(nanos).padStart(3, "0");
        const cut = all.slice(0, digits);
        const text = `${whole}${digits === 0 ? "" : `.${cut}`}Z`;
        expect(creationMicros(text)).toBe(
          Math.floor(value / 1_000_000) * 1_000_000 + Number(cut.padEnd(6, "0").slice(0, 6)),
        );
      }),
    );
  });

  test("are the same in every zone", () => {
    fc.assert(
      fc.property(micros, fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 }), (value, minutes) => {
        const local = formatMicros(value + minutes * 60_000_000).slice(0, -1);
        const size = Math.abs(minutes);
        const zone = `${minutes < 0 ? "-" : "+"}${String(Math.floor(size / 60)).padStart(2, "0")}:${String(size % 60).padStart(2, "0")}`;
        expect(creationMicros(local + zone)).toBe(value);
      }),
    );
  });
});
