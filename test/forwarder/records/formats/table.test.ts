import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createLookup, meaningOf } from "../../../../forwarder/records/formats/lookup";
import type { Meaning } from "../../../../forwarder/records/formats/meaning";
import { type Row, rows } from "../../../../forwarder/records/formats/table";
import { fieldsOf } from "../../../../forwarder/records/redaction/table";
import { listedTypes } from "../redaction/plants";

/** Every listed event type, and names of records that are no events. */
const names = [
  ...listedTypes,
  ...["login.post_authentication", "login.pre_creation", "login.post_creation", "login.unknown"],
  ...["forwarder.journal_lost", "call.login-target"],
];
const file = join(__dirname, "golden", "meanings.golden.json");
const meanings = (lookup: (name: string) => Meaning) =>
  Object.fromEntries(names.map((name) => [name, written(lookup(name))]));

/** A meaning on one line. */
function written(meaning: Meaning): string {
  const { categories, activity, outcome, severity, actor, target, source } = meaning;
  return [categories?.join("+"), meaning.class, activity, outcome, severity, actor, target, source].join(
    ", ",
  );
}

function golden(): Record<string, string> {
  return JSON.parse(readFileSync(file, "utf8"));
}

test("every listed event type means what was reviewed", () => {
  if (process.env.UPDATE_GOLDEN === "1")
    writeFileSync(file, `${JSON.stringify(meanings(meaningOf), undefined, 2)}\n`);
  expect(listedTypes).toHaveLength(547);
  expect(meanings(meaningOf)).toEqual(golden());
});

describe("a wrong table is found", () => {
  const reviewed = JSON.stringify(golden());
  const differs = (table: readonly Row[]) => JSON.stringify(meanings(createLookup(table))) !== reviewed;

  test("when any property of any row is another", () => {
    const others: Meaning = {
      categories: [],
      class: "other" as Meaning["class"],
      activity: "mutated" as Meaning["activity"],
      outcome: "mutated" as Meaning["outcome"],
      severity: "mutated" as Meaning["severity"],
      actor: "mutated" as Meaning["actor"],
      target: "mutated",
      source: "mutated" as Meaning["source"],
    };
    const unnoticed: string[] = [];
    let mutations = 0;
    for (const [index, { types, says }] of rows.entries())
      for (const property of Object.keys(says) as (keyof Meaning)[]) {
        mutations += 1;
        const mutated = { types, says: { ...says, [property]: others[property] } };
        if (!differs(rows.with(index, mutated))) unnoticed.push(`${types}: ${property}`);
      }
    console.log(`${mutations} properties of ${rows.length} rows mutated`);
    expect(mutations).toBeGreaterThan(rows.length);
    expect(unnoticed).toEqual([]);
  });

  test("when any pattern of any row is missing", () => {
    const unnoticed = rows.flatMap(({ types, says }, index) =>
      types.split(" ").filter((pattern) => {
        const left = types.split(" ").filter((other) => other !== pattern);
        return !differs(rows.with(index, { types: left.join(" ") || "nothing at all", says }));
      }),
    );
    expect(unnoticed).toEqual([]);
  });
});

test("a type that no table knows is a change of configuration by its last word", () => {
  const { categories, activity } = meaningOf("brand.new.thing.removed");
  expect([categories, activity]).toEqual([["configuration"], "delete"]);
  expect(meaningOf("user.brand.new").class).toBe("account");
  expect(meaningOf("__proto__").class).toBe("entity");
});

test("fields that the table reads from payloads may leave ZITADEL", () => {
  for (const type of listedTypes) {
    const { target } = meaningOf(type);
    if (["user", "payload user", "login", "aggregate", "none"].includes(target)) continue;
    const { leaves, secret } = fieldsOf(type)!;
    expect(secret, type).not.toContain(target);
    // Events that take something away, and some that change it, name only what is known.
    if (/added$/.test(type)) expect(leaves, type).toContain(target);
  }
});
