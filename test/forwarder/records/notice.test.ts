import { describe, expect, test } from "vitest";
import { createNotice } from "../../../forwarder/records/notice";

describe("a notice", () => {
  const context = { instanceId: "1", observedDate: "2026-11-22T10:03:30.000001Z" };
  const notice = { type: "history_forked" as const, message: "ZITADEL was restored", places: [3] };

  test("is a record of the forwarder's source", () => {
    const record = createNotice(notice, "user/7/3", context);
    expect(record).toMatchObject({ source: "forwarder", createdMicros: 1_795_341_810_000_001 });
    expect(record.place).toBeUndefined();
    expect(JSON.parse(record.body)).toEqual({
      id: record.id,
      source: "forwarder",
      instance: { id: "1" },
      observedDate: context.observedDate,
      notice,
    });
  });

  test("has an id made of the instance, the type and the key alone", () => {
    const { id } = createNotice(notice, "user/7/3", context);
    expect(createNotice({ ...notice, message: "again", places: [4] }, "user/7/3", context).id).toBe(id);
    expect(createNotice(notice, "user/7/3", { ...context, observedDate: "2027-01-01T00:00:00Z" }).id).toBe(
      id,
    );
    expect(createNotice(notice, "user/7/4", context).id).not.toBe(id);
    expect(
      createNotice(
        { type: "journal_damaged", message: "damaged", keptAs: "journal.db.corrupt" },
        "user/7/3",
        context,
      ).id,
    ).not.toBe(id);
    expect(createNotice(notice, "user/7/3", { ...context, instanceId: "2" }).id).not.toBe(id);
  });
});
