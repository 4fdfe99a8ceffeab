import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createEventRecord } from "../../../../forwarder/records/eventRecord";
import type { EventRecordBody, ZitadelEvent } from "../../../../forwarder/records/record";
import { renderRedactionDocs } from "../../../../forwarder/records/redaction/docs";
import { createRedaction } from "../../../../forwarder/records/redaction/redaction";
import { fieldsOf, fieldTable, tableParts } from "../../../../forwarder/records/redaction/table";
import { eventOf, knownPaths, listedTypes, MARK, payloadWith, recordedEvents, withStrings } from "./plants";

const context = { instanceId: "400716688087059494", observedDate: "2026-11-22T10:03:30.000000Z" };
const redaction = createRedaction();
const bodyOf = (event: ZitadelEvent) =>
  JSON.parse(createEventRecord(event, context, redaction).body) as EventRecordBody;

describe("the reviewed table", () => {
  test("has every event type of a real server once, and no other", () => {
    expect(tableParts.flatMap(({ table }) => Object.keys(table)).sort()).toEqual([...listedTypes].sort());
  });

  test("knows every payload field that was recorded", () => {
    const unknown = recordedEvents.flatMap(({ type, payload }) => {
      const known = new Set(knownPaths(type.type).map((path) => path.split(".")[0]));
      return Object.keys(payload ?? {}).filter((name) => !known.has(name));
    });
    expect(unknown).toEqual([]);
  });

  test("puts no field of a type in two lists", () => {
    for (const type of listedTypes) expect(new Set(knownPaths(type)).size).toBe(knownPaths(type).length);
  });

  test("is documented in full", () => {
    const page = renderRedactionDocs();
    expect(listedTypes.filter((type) => !page.includes(`\`${type}\``))).toEqual([]);
    expect(page).toContain("| `user.human.password.hash.updated` | – | – | `encodedHash` |");
    expect(page).toContain(
      "| `user_schema.created` | `schemaType`, `possibleAuthenticators` | `schema` | – |",
    );
  });
});

describe("a field that is not listed", () => {
  const unlisted = {
    unknown: MARK,
    list: [MARK, [MARK]],
    object: { [`key-${MARK}`]: MARK, deeper: { deepest: MARK } },
    number: 1,
    truth: true,
    nothing: null,
    [`not a name ${MARK}`]: MARK,
    [`${MARK}-1234-5678`]: MARK,
  };

  test("leaves as its pointer and type only, of listed and invented types", () => {
    for (const type of [...listedTypes, "invented.type", "__proto__", "constructor"]) {
      const body = bodyOf(eventOf(type, unlisted));
      expect(body.event.payload).toEqual({});
      expect(body.withheld).toEqual([
        { path: "/payload/unknown", type: "string", reason: "not listed" },
        { path: "/payload/list", type: "array", reason: "not listed" },
        { path: "/payload/object", type: "object", reason: "not listed" },
        { path: "/payload/number", type: "number", reason: "not listed" },
        { path: "/payload/truth", type: "boolean", reason: "not listed" },
        { path: "/payload/nothing", type: "null", reason: "not listed" },
        { path: "/payload/*", type: "string", reason: "not listed" },
        { path: "/payload/*", type: "string", reason: "not listed" },
      ]);
    }
  });

  test("or that is withheld or secret leaves in no shape", () => {
    for (const [type, { withheld, secret }] of Object.entries(fieldTable))
      for (const value of [MARK, [MARK], { within: MARK }, [{ within: MARK }, MARK]]) {
        const record = JSON.stringify(
          bodyOf(
            eventOf(
              type,
              payloadWith([...withheld, ...secret], () => value),
            ),
          ),
        );
        expect(record.includes(MARK), `${type} ${record}`).toBe(false);
      }
  });

  test("within a listed object leaves as its pointer only, also in lists", () => {
    const body = bodyOf(
      eventOf("quota.added", {
        unit: 1,
        notifications: [{ id: "7", percent: 80, callUrl: MARK, new: MARK }, MARK, { id: "8" }],
      }),
    );
    expect(body.event.payload).toEqual({
      unit: 1,
      notifications: [{ id: "7", percent: 80 }, null, { id: "8" }],
    });
    expect(body.withheld).toEqual([
      { path: "/payload/notifications/0/callUrl", type: "string", reason: "secret" },
      { path: "/payload/notifications/0/new", type: "string", reason: "not listed" },
      { path: "/payload/notifications/1", type: "string", reason: "not listed" },
    ]);
  });

  test("is an object where the table lists a string", () => {
    expect(bodyOf(eventOf("org.added", { name: { first: MARK } })).event.payload).toEqual({});
  });

  test("is a payload that is no object", () => {
    for (const payload of [MARK, [MARK], 7, true]) {
      const body = bodyOf(eventOf("org.added", payload));
      expect(body.event).not.toHaveProperty("payload");
      expect(body.withheld).toHaveLength(1);
    }
  });

  test("never leaves, whatever the payload", () => {
    const payloads = fc.object({ maxDepth: 4, values: [fc.string(), fc.integer(), fc.constant(null)] });
    fc.assert(
      fc.property(fc.constantFrom(...listedTypes, "invented.type"), payloads, (type, payload) => {
        const known = new Set(fieldsOf(type) ? knownPaths(type).map((path) => path.split(".")[0]!) : []);
        const unknown = Object.fromEntries(Object.entries(payload).filter(([name]) => !known.has(name)));
        const body = bodyOf(
          eventOf(
            type,
            withStrings(unknown, (text) => `${MARK}${text}`),
          ),
        );
        expect(body.event.payload).toEqual({});
        expect(body.withheld?.length ?? 0).toBe(Object.keys(unknown).length);
        expect(JSON.stringify(body)).not.toContain(MARK);
      }),
    );
  });
});

describe("a listed field", () => {
  test("leaves as it is", () => {
    for (const [type, { leaves }] of Object.entries(fieldTable)) {
      const payload = payloadWith(leaves, (path) => [`value of ${path}`, 7, true, null]);
      const body = bodyOf(eventOf(type, payload));
      expect(body.event.payload).toEqual(payload);
      expect(body.withheld).toBeUndefined();
    }
  });

  test("leaves as it is in every recorded event", () => {
    for (const event of recordedEvents) {
      const { event: left, withheld = [] } = bodyOf(event);
      const gone = new Set(withheld.map(({ path }) => path.split("/")[2]));
      const kept = Object.entries(event.payload ?? {}).filter(([name]) => !gone.has(name));
      expect(left.payload ?? {}).toMatchObject(Object.fromEntries(kept));
      expect(
        withheld.every(({ path }) => /key|template|hash|code|metadata|secret|value|auth|script/i.test(path)),
      ).toBe(true);
    }
  });

  test("keeps a login's address, client and language", () => {
    const login = {
      id: "V2_400716725634468902",
      remoteIP: "2001:db8::7",
      userAgent:
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
      userAgentID: "400716725634468902",
      acceptLanguage: "de-CH,de;q=0.9,en;q=0.8",
    };
    const body = bodyOf(eventOf("user.human.password.check.failed", login));
    expect(body.event.payload).toEqual(login);
    expect(body.withheld).toBeUndefined();
  });
});
