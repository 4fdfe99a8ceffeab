import { EcsFlat } from "@elastic/ecs";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { ocsfVersions } from "../../../../contract";
import { createFormatter } from "../../../../forwarder/records/formats/formatter";
import { eventOf, listedTypes } from "../redaction/plants";
import { type OcsfCheck, ocsfCheck } from "./ocsfSchemas";
import { hostileRecord, recordedRecords, stored } from "./samples";

const everyType = listedTypes.map((type) => stored(eventOf(type, {})));

const unique = <T>(all: readonly T[]): T[] => [...new Set(all)];

describe.each(ocsfVersions)("OCSF %s", (version) => {
  let check: OcsfCheck;
  const formatters = [true, false].map((addressTrusted) =>
    createFormatter({ format: "ocsf", ocsfVersion: version, addressTrusted }),
  );
  const problems = (record: string) =>
    formatters.map((formatter) => check(JSON.parse(formatter(record)!), version)).filter(Boolean);

  beforeAll(async () => {
    check = await ocsfCheck();
  });

  test("has no fault in any record", () => {
    const records = [...recordedRecords, ...everyType];
    expect(unique(records.flatMap(problems))).toEqual([]);
    expect(records).toHaveLength(650);
    fc.assert(
      fc.property(hostileRecord, (record) => {
        expect(problems(record)).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  test("finds a fault where there is one", () => {
    const record = JSON.parse(formatters[0]!(recordedRecords[0]!)!);
    for (const broken of [
      { ...record, type_uid: 1 },
      { ...record, severity_id: 7 },
      { ...record, entity: {} },
      { ...record, invented: 1 },
    ])
      expect(check(broken, version)).toBeDefined();
  });
});

interface EcsField {
  type: string;
  normalize: string[];
  allowed_values?: { name: string; expected_event_types?: string[] }[];
}
const fields = EcsFlat as unknown as Record<string, EcsField>;

describe("ECS", () => {
  const formatters = [true, false].map((addressTrusted) =>
    createFormatter({ format: "ecs", addressTrusted }),
  );
  const problems = (record: string) =>
    formatters.flatMap((formatter) => ecsProblems(JSON.parse(formatter(record)!)));

  test("has no field and no value that the schema does not know", () => {
    expect(unique([...recordedRecords, ...everyType].flatMap(problems))).toEqual([]);
    fc.assert(
      fc.property(hostileRecord, (record) => {
        expect(problems(record)).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  test("finds a fault where there is one", () => {
    const record = JSON.parse(formatters[0]!(recordedRecords[0]!)!);
    for (const broken of [
      { ...record, invented: 1 },
      { ...record, event: { ...record.event, outcome: "fine" } },
      { ...record, event: { ...record.event, type: ["start"] } },
      { ...record, event: { ...record.event, severity: "3" } },
    ])
      expect(ecsProblems(broken)).toHaveLength(1);
  });
});

/** What of a record the schema does not know: fields, their types, values, and event types beside categories. */
function ecsProblems(record: { event: { category: string[]; type: string[] } }): string[] {
  const problems: string[] = [];
  const look = (value: unknown, path: string) => {
    if (path === "zitadel" || path === "labels") return;
    const field = fields[path];
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      for (const [name, within] of Object.entries(value))
        look(within, path === "" ? name : `${path}.${name}`);
      return;
    }
    if (!field) return void problems.push(`${path} is no field`);
    if (field.normalize.includes("array") !== Array.isArray(value))
      problems.push(`${path} is no list, or one`);
    for (const one of [value].flat()) {
      const allowed = field.allowed_values?.map(({ name }) => name);
      if (allowed && !allowed.includes(one as string)) problems.push(`${path} holds ${one}`);
      if ((field.type === "long") !== (typeof one === "number")) problems.push(`${path} is of another type`);
    }
  };
  look(record, "");
  const { category, type } = record.event;
  const expected = fields["event.category"]?.allowed_values
    ?.filter(({ name }) => category.includes(name))
    .flatMap(({ expected_event_types }) => expected_event_types ?? []);
  for (const one of type)
    if (!expected?.includes(one)) problems.push(`${one} is not expected in ${category}`);
  return problems;
}
