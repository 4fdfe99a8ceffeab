import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createEventRecord, type MalformedEventError } from "../../../forwarder/records/eventRecord";
import { recordId } from "../../../forwarder/records/identity";
import { creationMicros } from "../../../forwarder/records/micros";
import { parseJson } from "../../../forwarder/records/rawNumber";
import type { EventRecordBody, ZitadelEvent } from "../../../forwarder/records/record";
import { createRedaction } from "../../../forwarder/records/redaction/redaction";

const recorded: Record<string, ZitadelEvent> = JSON.parse(
  readFileSync(join(__dirname, "../../recordings/event-examples-by-type.json"), "utf8"),
);
const context = { instanceId: "400716688087059494", observedDate: "2026-11-22T10:03:30.000000Z" };
const redaction = createRedaction();
const bodyOf = (event: ZitadelEvent) =>
  JSON.parse(createEventRecord(event, context, redaction).body) as EventRecordBody;

const event: ZitadelEvent = {
  editor: { userId: "1", displayName: "Ann", service: "zitadel" },
  aggregate: { id: "2", type: { type: "org" }, resourceOwner: "2" },
  sequence: "3",
  creationDate: "2026-11-22T10:02:40.274337Z",
  payload: { name: "Tenant", surprise: { deep: "x" } },
  type: { type: "org.changed" },
};

describe("the record of an event", () => {
  test("holds the event as read, without localized texts, and says what it withheld", () => {
    expect(createEventRecord(event, context, redaction).body).toBe(
      '{"id":"' +
        recordId({
          instanceId: context.instanceId,
          aggregateType: "org",
          aggregateId: "2",
          sequence: "3",
          createdMicros: creationMicros(event.creationDate),
        }) +
        '","source":"events","instance":{"id":"400716688087059494"},"observedDate":"2026-11-22T10:03:30.000000Z",' +
        '"event":{"editor":{"userId":"1","displayName":"Ann","service":"zitadel"},' +
        '"aggregate":{"id":"2","type":{"type":"org"},"resourceOwner":"2"},"sequence":"3",' +
        '"creationDate":"2026-11-22T10:02:40.274337Z","payload":{"name":"Tenant"},"type":{"type":"org.changed"}},' +
        '"withheld":[{"path":"/payload/surprise","type":"object","reason":"not listed"}]}',
    );
  });

  test.each(Object.entries(recorded))("of %s has every part outside the payload unchanged", (_, original) => {
    const record = createEventRecord(original, context, redaction);
    const body = JSON.parse(record.body) as EventRecordBody;
    expect(record.place).toEqual({
      aggregateType: original.aggregate.type.type,
      aggregateId: original.aggregate.id,
      sequence: Number(original.sequence),
    });
    expect(record.createdMicros).toBe(creationMicros(original.creationDate));
    expect(body.id).toBe(record.id);
    expect({ ...body.event, payload: undefined }).toEqual({
      editor: original.editor,
      aggregate: {
        id: original.aggregate.id,
        type: { type: original.aggregate.type.type },
        resourceOwner: original.aggregate.resourceOwner,
      },
      sequence: original.sequence,
      creationDate: original.creationDate,
      type: { type: original.type.type },
      payload: undefined,
    });
  });

  test("keeps its id when names, languages, payload and redaction change", () => {
    const other = {
      ...event,
      editor: { userId: "1", displayName: "Renamed" },
      payload: {},
      type: { type: "org.changed", localized: { key: "k", localizedMessage: "Organisation geändert" } },
    };
    const released = createRedaction({ release: [{ eventType: "org.changed", field: "surprise" }] });
    expect(createEventRecord(other, context, released).id).toBe(
      createEventRecord(event, context, redaction).id,
    );
  });

  test("keeps an absent, an empty and a null payload apart", () => {
    expect(bodyOf({ ...event, payload: undefined }).event).not.toHaveProperty("payload");
    expect(bodyOf({ ...event, payload: {} }).event.payload).toEqual({});
    expect(bodyOf({ ...event, payload: null }).event.payload).toBeNull();
  });

  test("keeps every digit of a number", () => {
    const read = parseJson(
      JSON.stringify(event).replace(
        '"surprise":{"deep":"x"}',
        '"surprise":[12345678901234567891,1e400,0.1000000000000000055,1.5]',
      ),
    ) as ZitadelEvent;
    const released = createRedaction({ release: [{ eventType: "org.changed", field: "surprise" }] });
    expect(createEventRecord(read, context, released).body).toContain(
      '"surprise":[12345678901234567891,1e400,0.1000000000000000055,1.5]',
    );
    expect(createEventRecord(read, context, redaction).body).toContain(
      '{"path":"/payload/surprise","type":"array","reason":"not listed"}',
    );
  });

  test("is valid JSON whatever the strings hold", () => {
    const hostile = '"},{"x":"\\\u0000\u2028\ud800';
    const body = bodyOf({
      ...event,
      editor: { userId: hostile, displayName: hostile, service: hostile },
      aggregate: { id: hostile, type: { type: hostile }, resourceOwner: hostile },
      payload: { name: hostile },
      type: { type: hostile },
    });
    expect(body.event.aggregate.id).toBe(hostile);
    expect(body.event.editor?.displayName).toBe(hostile);
    expect(body.event.type.type).toBe(hostile);
  });

  test("has neither a secret in place of an id nor a field that nobody knows", () => {
    const hash = "$2a$14$Tybc5cVoJ5yzgkx0AAwW8.aLqaqVYP/47vZczq7TYWsJ0JgjIHKdi";
    const planted = {
      ...event,
      extra: hash,
      editor: { userId: hash, displayName: hash, service: hash, [hash]: 1 },
      aggregate: { id: hash, type: { type: hash }, resourceOwner: hash },
      type: { type: hash },
    };
    const record = createEventRecord(planted, context, redaction);
    expect(JSON.stringify(record)).not.toContain("$2a$");
    expect(record.place?.aggregateId).toMatch(/^sha256:[0-9a-f]{32}$/);
    expect((JSON.parse(record.body) as EventRecordBody).withheld?.map(({ path }) => path)).toEqual(
      expect.arrayContaining(["/extra", "/editor/*", "/editor/displayName", "/aggregate/id", "/type/type"]),
    );
  });

  test.each([
    ["aggregate id", { ...event, aggregate: { ...event.aggregate, id: "" } }],
    ["aggregate type", { ...event, aggregate: { id: "2" } }],
    ["aggregate type", { ...event, aggregate: undefined }],
    ["type", { ...event, type: undefined }],
    ["sequence", { ...event, sequence: 3 }],
    ["sequence", { ...event, sequence: "-3" }],
    ["creation date", { ...event, creationDate: "yesterday" }],
    ["creation date", { ...event, creationDate: undefined }],
  ])("is refused without its %s", (field, broken) => {
    expect(() => createEventRecord(broken as ZitadelEvent, context, redaction)).toThrow(
      expect.objectContaining({ name: "MalformedEventError", field }) as MalformedEventError,
    );
  });
});
