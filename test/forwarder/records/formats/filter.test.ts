import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkConfiguration, filterWarnings } from "../../../../contract";
import { matcher } from "../../../../contract/schema/pattern";
import type { Filter } from "../../../../forwarder/records/formats/filter";
import { createFormatter } from "../../../../forwarder/records/formats/formatter";
import { eventOf } from "../redaction/plants";
import { hostileRecord, otherRecords, recordedRecords, stored } from "./samples";

const passed = (filter: Filter, records: readonly string[] = recordedRecords) => {
  const formatter = createFormatter({ format: "zitadel", filter });
  return records.filter((record) => formatter(record) !== undefined);
};

interface Parsed {
  source: string;
  event?: {
    type: { type: string };
    aggregate: { type: { type: string }; resourceOwner: string };
    payload?: { userResourceOwner?: string };
  };
  login?: object;
  organization?: { id: string };
  target?: { organization?: string };
}

/** Expects that a selection includes at least one of the recorded records, and which. */
function expectIncluded(selection: NonNullable<Filter["include"]>[number], by: (record: Parsed) => boolean) {
  const expected = recordedRecords.filter((record) => by(JSON.parse(record)) || record === notice);
  expect(expected.length).toBeGreaterThan(1);
  expect(passed({ include: [selection] })).toEqual(expected);
}

const failedLogin = otherRecords[0]!;
const notice = otherRecords.at(-1)!;

describe("a filter", () => {
  test("lets everything through that it does not name", () => {
    expect(passed({})).toEqual(recordedRecords);
  });

  test("selects by pattern, aggregate, organization, user, source and severity", () => {
    const type = ({ event }: Parsed) => event?.type.type ?? "";
    expectIncluded({ eventTypes: ["user.human.*"] }, (record) => type(record).startsWith("user.human."));
    expectIncluded({ eventTypes: ["*.changed", "login.*"] }, (record) =>
      record.login ? true : type(record).endsWith(".changed"),
    );
    expectIncluded({ aggregateTypes: ["session"] }, ({ event }) => event?.aggregate.type.type === "session");
    expectIncluded(
      { organizations: ["400716712430799910"] },
      ({ event, organization, target }) =>
        (organization?.id ?? target?.organization ?? event?.aggregate.resourceOwner) ===
          "400716712430799910" || event?.payload?.userResourceOwner === "400716712430799910",
    );
    expectIncluded({ users: ["400716712548240422"] }, (record) =>
      JSON.stringify(record).includes("400716712548240422"),
    );
    expectIncluded({ sources: ["webhook", "stdout"] }, ({ source }) => source !== "events");
    expectIncluded({ severities: ["high"] }, (record) => type(record) === "instance.member.added");
  });

  test("selects what matches every property of one of its selections", () => {
    const both = [{ eventTypes: ["user.*"], severities: ["medium" as const] }];
    const either = [{ eventTypes: ["user.*"] }, { severities: ["medium" as const] }];
    const [all, any] = [passed({ include: both }), passed({ include: either })];
    expect(all.every((record) => any.includes(record))).toBe(true);
    expect(any.length).toBeGreaterThan(all.length);
  });

  test("keeps the forwarder's own reports unless they are excluded", () => {
    expect(passed({ include: [{ eventTypes: ["org.removed"] }] })).toEqual([notice]);
    expect(passed({ exclude: [{ sources: ["forwarder"] }] })).not.toContain(notice);
    expect(passed({ exclude: [{ eventTypes: ["forwarder.range_*"] }] })).not.toContain(notice);
  });

  test("keeps out by a user whether it was that user's doing or done to that user", () => {
    const added = stored(eventOf("org.member.added", { userId: "17", roles: ["ORG_OWNER"] }));
    expect(passed({ exclude: [{ users: ["17"] }] }, [added])).toEqual([]);
    expect(passed({ exclude: [{ users: ["400716688087649318"] }] }, [added])).toEqual([]);
    expect(passed({ exclude: [{ users: ["18"] }] }, [added])).toEqual([added]);
    expect(passed({ exclude: [{ users: ["400716715031268390"] }] }, [failedLogin])).toEqual([]);
  });

  test("decides the same in every format, and an excluded record never passes", () => {
    const selection = fc.record(
      {
        eventTypes: fc.subarray(["user.*", "*.added", "session.*", "*"], { minLength: 1 }),
        severities: fc.subarray(["informational", "low", "medium", "high"] as const, { minLength: 1 }),
        sources: fc.subarray(["events", "forwarder"] as const, { minLength: 1 }),
      },
      { requiredKeys: ["eventTypes"] },
    );
    fc.assert(
      fc.property(hostileRecord, selection, selection, (record, include, exclude) => {
        const filter = { include: [include], exclude: [exclude] };
        const through = (["zitadel", "ecs", "ocsf", "otel"] as const).map(
          (format) => createFormatter({ format, filter })(record) !== undefined,
        );
        expect(new Set(through).size).toBe(1);
        if (passed({ include: [exclude] }, [record]).length > 0) expect(through[0]).toBe(false);
      }),
    );
  });
});

test("a pattern matches as the expression does that it stands for", () => {
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", ".", "*"), maxLength: 6 });
  const text = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 8 });
  fc.assert(
    fc.property(pattern, text, (pattern, text) => {
      const expression = new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", ".*")}$`);
      expect(matcher([pattern])(text)).toBe(expression.test(text));
    }),
    { numRuns: 3000 },
  );
});

describe("a declared filter", () => {
  const problems = (filter: unknown) =>
    checkConfiguration({
      zitadel: { issuer: "https://z.example.com", credentials: { personalAccessTokenFile: "pat" } },
      events: { startFrom: "beginning" },
      destinations: [{ name: "log", stdout: {}, filter }],
    }).problems?.map(({ path, message }) => `${path} ${message}`);

  test("that names what ZITADEL has is right", () => {
    const include = [
      { eventTypes: ["user.human.*", "*.failed", "login.*", "user.locked"], organizations: ["17"] },
      { aggregateTypes: ["usergrant"], sources: ["events"] },
    ];
    expect(problems({ include, exclude: [{ severities: ["informational"], users: ["1"] }] })).toBeUndefined();
  });

  test.each([
    [
      { include: [{ eventTypes: ["user.*", "user.humam.password.changed"] }] },
      'destinations[0].filter.include[0].eventTypes[1] is no event type that is known here: the closest is "user.human.password.changed". It is kept, because a newer ZITADEL may have it',
    ],
    [
      { exclude: [{ eventTypes: ["users.*", "forwarder.nothing", "call.nobody"] }] },
      'destinations[0].filter.exclude[0].eventTypes[0] is no event type that is known here: the closest is "user.added". It is kept, because a newer ZITADEL may have it',
    ],
    [
      { include: [{ aggregateTypes: ["users"] }] },
      'destinations[0].filter.include[0].aggregateTypes[0] is no aggregate type that is known here: the closest is "user". It is kept, because a newer ZITADEL may have it',
    ],
  ])("that selects what this version does not know is taken, with a warning: %j", (filter, warning) => {
    expect(problems(filter)).toBeUndefined();
    expect(filterWarnings([{ filter }]).map(({ path, message }) => `${path} ${message}`)).toEqual([warning]);
  });

  test.each([
    [
      { include: [{}] },
      "destinations[0].filter.include[0] is empty: give at least one property, or take it out",
    ],
    [{ include: [] }, "destinations[0].filter.include is empty: give at least one"],
    [
      { include: [{ severities: ["loud"] }] },
      'destinations[0].filter.include[0].severities[0] must be one of "informational", "low", "medium", "high"',
    ],
  ])("that can match nothing is refused: %j", (filter, problem) => {
    expect(problems(filter)).toEqual([problem]);
  });
});
