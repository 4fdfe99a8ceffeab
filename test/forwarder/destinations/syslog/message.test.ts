import fc from "fast-check";
import { expect, it } from "vitest";
import type { OutgoingRecord } from "../../../../forwarder/destinations/destination";
import { frameRecords } from "../../../../forwarder/destinations/syslog/frames";
import {
  asAscii,
  headerField,
  STRUCTURED_DATA_ID,
  structuredData,
  syslogMessage,
} from "../../../../forwarder/destinations/syslog/message";
import { readFacts } from "../../../../forwarder/records/formats/facts";
import { createFormatter } from "../../../../forwarder/records/formats/formatter";
import { otherRecords, stored } from "../../records/formats/samples";
import { recordedEvents } from "../../records/redaction/plants";
import { FrameReader, parseMessage } from "./parse";

const header = { facility: "audit", appName: "zitadel", hostName: "zitadel.example.com" } as const;
const formatter = createFormatter({
  format: "zitadel",
  envelope: (facts, text) => syslogMessage(facts, text, header),
});

const text = fc.string({ unit: "binary" });

it("tells a record: header, structured data, its JSON", () => {
  const record = {
    id: "v1-3ec147a626322dc4e7405bf10dc543b4",
    source: "events",
    instance: { id: "400719665489251366" },
    observedDate: "2026-11-22T10:03:12.004211Z",
    event: {
      aggregate: { id: "17", type: { type: "user" }, resourceOwner: "18" },
      sequence: "7",
      creationDate: "2026-11-22T10:03:11.749184Z",
      payload: { displayName: "Jürgen" },
      type: { type: "user.human.password.check.failed" },
    },
  };
  expect(formatter(JSON.stringify(record))).toBe(
    "<109>1 2026-11-22T10:03:11.749184Z zitadel.example.com zitadel - user.human.password.check.failed " +
      `[${STRUCTURED_DATA_ID} id="v1-3ec147a626322dc4e7405bf10dc543b4" source="events" instance="400719665489251366" ` +
      'organization="18" type="user.human.password.check.failed"] ' +
      JSON.stringify(record).replace("ü", "\\u00fc"),
  );
});

it("every recorded record is a message by the grammar, and its JSON is what it was", () => {
  let longest = 0;
  for (const body of [...recordedEvents.map(stored), ...otherRecords]) {
    const message = formatter(body)!;
    const parsed = parseMessage(message);
    expect(JSON.parse(parsed.text)).toEqual(JSON.parse(body));
    const { id, name, source } = readFacts(body, false);
    expect(parsed.element).toMatchObject({ id: STRUCTURED_DATA_ID, parameters: { id, source, type: name } });
    expect(name.startsWith(parsed.messageId.slice(0, 32))).toBe(true);
    longest = Math.max(longest, Buffer.byteLength(message));
  }
  expect(longest).toBeLessThan(8192);
});

it("structured data gives back what went in, whatever that is", () => {
  fc.assert(
    fc.property(
      fc.record({ id: text, source: text, organization: fc.option(text, { nil: undefined }) }),
      (given) => {
        const { element } = parseMessage(`<13>1 - h a - m ${structuredData(given)} {}`);
        expect(element.id).toBe(STRUCTURED_DATA_ID);
        expect(element.parameters).toEqual(
          Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
        );
      },
    ),
  );
});

it("a field of the header is printable ASCII without a space, not empty and not too long", () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 255 }), (given, longest) => {
      const field = headerField(given, longest);
      expect(field).toMatch(/^[!-~]+$/);
      expect(field.length).toBeLessThanOrEqual(longest);
      if (/^[!-~]+$/.test(given) && given.length <= longest) expect(field).toBe(given);
    }),
  );
});

it("JSON in ASCII says the same", () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
      const ascii = asAscii(JSON.stringify(value));
      expect(ascii).not.toMatch(/[\u007f-\uffff]/);
      expect(JSON.parse(ascii)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

const bodies = fc.array(fc.string({ unit: "binary", minLength: 1, maxLength: 300 }), { maxLength: 50 });
const recordsOf = (texts: string[]): OutgoingRecord[] =>
  texts.map((body, n) => ({ id: `r${n}`, createdMicros: n, body }));

it("frames come out of the stream as they went in, however it is cut; what is too long is told by its id", () => {
  fc.assert(
    fc.property(
      bodies,
      fc.integer({ min: 10, max: 1000 }),
      fc.integer({ min: 1, max: 97 }),
      (texts, most, cut) => {
        const { writes, refused } = frameRecords(recordsOf(texts), most);
        const short = texts.filter((body) => Buffer.byteLength(body) <= most);
        const stream = Buffer.concat(writes);
        const reader = new FrameReader();
        const read: string[] = [];
        for (let at = 0; at < stream.length; at += cut)
          read.push(...reader.read(stream.subarray(at, at + cut)));
        expect(read).toEqual(short);
        expect(reader.left).toBe(0);
        expect(refused.size).toBe(texts.length - short.length);
        for (const [id, reason] of refused) {
          const bytes = Buffer.byteLength(texts[Number(id.slice(1))]!);
          expect(reason).toBe(`is a message of ${bytes} bytes, more than maxMessageBytes (${most})`);
        }
      },
    ),
  );
});

it("each write holds whole frames", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 100_000 }), { maxLength: 12 }), (sizes) => {
      const { writes } = frameRecords(recordsOf(sizes.map((size) => "x".repeat(size))), 1 << 20);
      for (const write of writes) {
        const reader = new FrameReader();
        const messages = reader.read(write);
        expect(reader.left).toBe(0);
        if (messages.length > 1) expect(write.length).toBeLessThanOrEqual(64 << 10);
      }
    }),
  );
});
