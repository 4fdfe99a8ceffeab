import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Bucket,
  digestOfIds,
  joinBuckets,
  parseCheckpoint,
} from "../../../forwarder/checkpoint/checkpoint";

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

describe("joined buckets", () => {
  test("tell of the same events in fewer parts, none larger than asked", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(ids, fc.boolean())), fc.nat(40), (parts, most) => {
        let at = 0;
        const buckets = parts.map(([held, gap]): Bucket => {
          const from = gap ? at + 5 : at;
          at = from + 10;
          return [from, at, held.length, digestOfIds(held)];
        });
        const joined = joinBuckets(buckets, most);
        for (const [from, to, count, digest] of joined) {
          const within = buckets.filter((bucket) => bucket[0] >= from && bucket[1] <= to);
          expect(within.reduce((sum, bucket) => sum + bucket[2], 0)).toBe(count);
          expect(digestOfIds(within.map((bucket) => bucket[3]))).toBe(digest);
          expect(within.length === 1 || count <= most).toBe(true);
          expect(within.reduce((sum, bucket) => sum + bucket[1] - bucket[0], 0)).toBe(to - from);
        }
        expect(joined.reduce((sum, bucket) => sum + bucket[2], 0)).toBe(
          parts.flatMap(([held]) => held).length,
        );
      }),
    );
  });
});

describe("a checkpoint's text", () => {
  test.each(["", "{}", "null", '{"version":2}', "not json"])("%j is none", (text) => {
    expect(parseCheckpoint(text)).toBeUndefined();
  });
});
