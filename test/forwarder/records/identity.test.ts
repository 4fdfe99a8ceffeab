import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type EventIdentity, noticeId, recordId } from "../../../forwarder/records/identity";

const example: EventIdentity = {
  instanceId: "400716688087059494",
  aggregateType: "user",
  aggregateId: "400716715031268390",
  sequence: "7",
  createdMicros: 1_795_341_791_749_184,
};

const identity = fc.record({
  instanceId: fc.string({ unit: "grapheme" }),
  aggregateType: fc.string({ unit: "grapheme" }),
  aggregateId: fc.string({ unit: "grapheme" }),
  sequence: fc.bigInt({ min: 0n, max: 2n ** 63n }).map(String),
  createdMicros: fc.maxSafeInteger(),
});

const asText = (i: EventIdentity) =>
  JSON.stringify([i.instanceId, i.aggregateType, i.aggregateId, i.sequence, i.createdMicros]);

describe("the record id", () => {
  test("is what it has always been", () => {
    // sha256sum of "18:4007166880870594944:user18:4007167150312683901:716:1795341791749184"
    expect(recordId(example)).toBe("v1-0ccb1e8f195c582b3e3b9d784a9e54de");
    expect(recordId({ ...example, aggregateType: "ö€😀", aggregateId: "" })).toBe(
      "v1-004cab9ef90fa7b3997865fee5848305",
    );
    expect(recordId({ ...example, createdMicros: 0, sequence: "9223372036854775807" })).toBe(
      "v1-a7d6e65585c98cdd52af3b6604da07b0",
    );
  });

  test("is `v1-` and 32 hex digits", () => {
    fc.assert(fc.property(identity, (i) => /^v1-[0-9a-f]{32}$/.test(recordId(i))));
  });

  test("tells apart identities that differ in any part", () => {
    fc.assert(
      fc.property(identity, identity, (a, b) => {
        expect(recordId(a) === recordId(b)).toBe(asText(a) === asText(b));
      }),
    );
  });

  test("tells apart identities whose parts make the same text when joined", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("1", "2", ":", "a"), maxLength: 12 }),
        fc.nat(12),
        fc.nat(12),
        (text, first, second) => {
          const at = (cut: number): EventIdentity => ({
            ...example,
            aggregateType: text.slice(0, cut),
            aggregateId: text.slice(cut),
          });
          const [a, b] = [at(Math.min(first, text.length)), at(Math.min(second, text.length))];
          expect(recordId(a) === recordId(b)).toBe(asText(a) === asText(b));
        },
      ),
    );
  });

  test("never equals the id of a notice", () => {
    expect(noticeId("i", "t", "k")).toBe(noticeId("i", "t", "k"));
    expect(noticeId("i", "t", "k")).not.toBe(noticeId("i", "tk", ""));
    expect(
      recordId({
        instanceId: "i",
        aggregateType: "notice",
        aggregateId: "t",
        sequence: "k",
        createdMicros: 0,
      }),
    ).not.toBe(noticeId("i", "t", "k"));
  });
});
