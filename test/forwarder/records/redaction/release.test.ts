import { describe, expect, test, vi } from "vitest";
import type { WithheldField } from "../../../../forwarder/records/record";
import { createRedaction } from "../../../../forwarder/records/redaction/redaction";
import { type FieldRelease, releaseProblems } from "../../../../forwarder/records/redaction/release";
import { fieldsOf } from "../../../../forwarder/records/redaction/table";
import { listedTypes } from "./plants";

const payloadWith = (release: FieldRelease[], eventType: string, payload: unknown) => {
  const withheld: WithheldField[] = [];
  const text = createRedaction({ release }).payload(eventType, payload, withheld);
  return { payload: text === undefined ? undefined : JSON.parse(text), withheld };
};

describe("a released field", () => {
  test("leaves whole, in a known and in an unknown type", () => {
    const user = { name: "Ann", addresses: [{ city: "Bern", tags: [1, true, null] }] };
    for (const eventType of ["schemauser.created", "invented.type"])
      expect(payloadWith([{ eventType, field: "user" }], eventType, { user, other: 1 })).toEqual({
        payload: { user },
        withheld: [{ path: "/payload/other", type: "number", reason: "not listed" }],
      });
  });

  test("may be within an object or a list", () => {
    expect(
      payloadWith([{ eventType: "invented.type", field: "a.b" }], "invented.type", {
        a: [{ b: "leaves", c: "stays" }, { b: { d: "leaves" } }],
      }),
    ).toEqual({
      payload: { a: [{ b: "leaves" }, { b: { d: "leaves" } }] },
      withheld: [{ path: "/payload/a/0/c", type: "string", reason: "not listed" }],
    });
  });

  test("is released for its event type alone", () => {
    expect(payloadWith([{ eventType: "org.added", field: "x" }], "org.changed", { x: 1 }).payload).toEqual(
      {},
    );
  });

  test("keeps the secrets within it", () => {
    const { payload, withheld } = payloadWith(
      [{ eventType: "instance.smtp.config.added", field: "plainAuth" }],
      "instance.smtp.config.added",
      { plainAuth: { user: "u", password: "in clear", new: "n", apiToken: "t" } },
    );
    expect(payload).toEqual({ plainAuth: { user: "u", new: "n" } });
    expect(withheld.map(({ path, reason }) => [path, reason])).toEqual([
      ["/payload/plainAuth/password", "secret"],
      ["/payload/plainAuth/apiToken", "secret"],
    ]);
  });
});

describe("a release of a secret", () => {
  test("is a problem for every secret of the table, and for what is within it", () => {
    for (const eventType of listedTypes)
      for (const secret of fieldsOf(eventType)!.secret)
        for (const field of [secret, `${secret}.within`])
          expect(releaseProblems([{ eventType, field }])).toEqual([
            {
              path: "redaction.release[0].field",
              message: `is a secret of ${eventType} (${secret}) and cannot be released: take this entry out`,
            },
          ]);
  });

  test("is a problem in an unknown type when it is called like a secret of a known one", () => {
    const release = ["name", "clientSecret", "a.encodedHash", "DeviceCode", "reason"].map((field) => ({
      eventType: "invented.type",
      field,
    }));
    expect(releaseProblems(release).map(({ path }) => path)).toEqual([
      "redaction.release[1].field",
      "redaction.release[2].field",
      "redaction.release[3].field",
    ]);
  });

  test("is refused at start too", () => {
    expect(() => createRedaction({ release: [{ eventType: "action.added", field: "script" }] })).toThrow(
      "redaction.release[0].field is a secret of action.added (script) and cannot be released",
    );
  });

  test("is none for what is withheld", () => {
    for (const eventType of listedTypes)
      for (const field of fieldsOf(eventType)!.withheld)
        expect(releaseProblems([{ eventType, field }])).toEqual([]);
  });
});

test("withheld fields are counted by event type, and unknown types as one", () => {
  const count = vi.fn();
  const redaction = createRedaction({ count });
  redaction.payload("user.human.added", { userName: "ann", encodedHash: "x", a: 1, b: 2 }, []);
  redaction.payload("org.added", { name: "Tenant" }, []);
  redaction.payload("invented.type", { a: 1 }, []);
  expect(count.mock.calls).toEqual([
    ["user.human.added", 2, 1],
    ["unlisted", 1, 0],
  ]);
});
