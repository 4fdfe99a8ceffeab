import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digestOfIds, parseCheckpoint } from "../../../forwarder/checkpoint/checkpoint";

const hex = fc
  .array(fc.constantFrom(..."0123456789abcdef"), { minLength: 32, maxLength: 32 })
  .map((digits) => `v1-${digits.join("")}`);
const ids = fc.uniqueArray(hex, { maxLength: 30 });

describe("the digest of ids", () => {
  test("does not depend on order", () => {
    fc.assert(
      fc.property(ids, (all) => {
        expect(digestOfIds(all.toReversed())).toBe(digestOfIds(all));
        expect(digestOfIds(all)).toMatch(/^[0-9a-f]{32}$/);
      }),
    );
  });

  test("changes when an id is missing, added or replaced", () => {
    fc.assert(
      fc.property(ids, hex, (all, other) => {
        fc.pre(!all.includes(other) && !/^v1-0+$/.test(other));
        expect(digestOfIds([...all, other])).not.toBe(digestOfIds(all));
        if (all[0]) expect(digestOfIds([other, ...all.slice(1)])).not.toBe(digestOfIds(all));
      }),
    );
  });
});

describe("a checkpoint's text", () => {
  test.each(["", "{}", "null", '{"version":2}', "not json"])("%j is none", (text) => {
    expect(parseCheckpoint(text)).toBeUndefined();
  });
});
