import { describe, expect, it } from "vitest";
import type { LoginActionsArgs } from "../../components/index";
import {
  addForeign,
  addOrganization,
  bound,
  changesOf,
  EXTERNAL,
  expectNothing,
  INTERNAL,
  ownOf,
  type Place,
  setBound,
  useWorld,
} from "./loginActionsWorld";
import { searchFiles, tracesOf, withoutMarked } from "./secrets";

const world = useWorld();
let change: Partial<LoginActionsArgs> = {};

describe("LoginActions under the engine", () => {
  it("goes through a life beside two actions of others: create, update, rotate, destroy", async () => {
    const foreign = [await addForeign(world), await addForeign(world)];
    for (const place of [INTERNAL, EXTERNAL]) await setBound(world, place, foreign);
    change = {};
    const stack = await world.stack(() => change);

    const preview = await stack.preview();
    expect(await bound(world, INTERNAL), "a preview binds nothing").toEqual(foreign);
    const up = await stack.up();
    expect(up.diagnostics).toEqual([]);
    expect(up.changes).toEqual(preview.changes);
    const own = ownOf(up);
    let seen = 0;
    const expectBound = async () => {
      for (const place of [INTERNAL, EXTERNAL]) {
        expect((await bound(world, place)).sort()).toEqual([...foreign, own[place]!].sort());
        seen += 1;
      }
    };
    await expectBound();
    expectNothing(await stack.up());

    change = { webhook: { url: "https://other.example.com/logins" }, timeoutSeconds: 5 };
    expect(changesOf(await stack.up())).toEqual(["update Action", "update Action"]);
    await expectBound();

    change = { ...change, secrets: ["2026-11", "2027-02"] };
    const appended = await stack.up();
    expect(changesOf(appended)).toEqual(["create RandomPassword", "update Action", "update Action"]);
    await expectBound();
    change = { ...change, secrets: ["2027-02"] };
    expect(changesOf(await stack.up())).toEqual(["delete RandomPassword"]);
    await expectBound();

    const secrets = Object.values(appended.outputs.secrets!.value as Record<string, string[]>).flat();
    expect(secrets.map((secret) => secret.length)).toEqual([43, 43]);
    await expectSecret(secrets, await stack.stack.exportStack());

    const destroyed = await stack.destroy();
    expect(destroyed.diagnostics).toEqual([]);
    expect((await stack.export()).deployment.resources ?? []).toEqual([]);
    // The provider's list is a set: the order of what others bound is not kept.
    for (const place of [INTERNAL, EXTERNAL])
      expect((await bound(world, place)).sort()).toEqual([...foreign].sort());
    console.log(`${seen} times both foreign actions and ours were bound, and after destroy the foreign ones`);
  });

  it("takes out exactly the flow, trigger or organization that is taken out", async () => {
    const other = await addOrganization(world);
    const foreign = await addForeign(world, other);
    await setBound(world, INTERNAL, [foreign], other);
    const organizations = [{ id: world.organization }, { id: other, name: "other" }];
    change = {
      organizations,
      triggers: ["post authentication", "pre creation", "post creation"],
    };
    const places: Place[] = ["1/1", "1/2", "1/3", "3/1", "3/2", "3/3"];
    const stack = await world.stack(() => change);
    const before = await counts(places, other);
    await stack.up();
    const all = await counts(places, other);
    expect(all).toEqual(before.map((count) => count + 1));

    change = { ...change, triggers: ["post authentication", "post creation"] };
    expect(changesOf(await stack.up()).sort()).toEqual([
      ...Array(4).fill("delete Action"),
      ...Array(4).fill("delete TriggerActions"),
    ]);
    const isGone = (gone: (place: Place, organization: number) => boolean) =>
      before.map((count, index) => {
        const place = places[index % places.length]!;
        return count + (gone(place, Math.floor(index / places.length)) ? 0 : 1);
      });
    expect(await counts(places, other)).toEqual(isGone((place) => place.endsWith("/2")));

    change = { ...change, flows: ["internal"] };
    await stack.up();
    expect(await counts(places, other)).toEqual(
      isGone((place) => place.endsWith("/2") || place.startsWith("1/")),
    );

    change = { ...change, organizations: [{ id: world.organization }] };
    await stack.up();
    expect(await counts(places, other)).toEqual(
      isGone((place, of) => place.endsWith("/2") || place.startsWith("1/") || of === 1),
    );
    expectNothing(await stack.up());
    await stack.destroy();
    expect(await counts(places, other)).toEqual(before);
    console.log(`${all.length} lists of 2 organizations, ours in each: ${all}; before and after: ${before}`);
  });

  it("gives the ids alone with `bind: false`", async () => {
    change = { bind: false };
    const stack = await world.stack(() => change);
    const before = await bound(world, INTERNAL);
    const up = await stack.up();
    expect(changesOf(up)).not.toContain("create TriggerActions");
    expect((up.outputs.actionIds!.value as string[]).length).toBe(2);
    expect(await bound(world, INTERNAL)).toEqual(before);
    await stack.destroy();
  });

  it("may be declared in two stacks for one organization, and each destroyed without harm to the other", async () => {
    change = {};
    const [one, two] = [await world.stack(() => change), await world.stack(() => change)];
    const foreign = await bound(world, INTERNAL);
    const first = ownOf(await one.up())[INTERNAL]!;
    const second = ownOf(await two.up())[INTERNAL]!;
    const both = [...foreign, first, second].sort();
    expect((await bound(world, INTERNAL)).sort()).toEqual(both);
    for (const stack of [one, two]) expectNothing(await stack.up());

    await one.destroy();
    expect((await bound(world, INTERNAL)).sort()).toEqual([...foreign, second].sort());
    expectNothing(await two.up());
    const again = ownOf(await one.up())[INTERNAL]!;
    await two.destroy();
    expect((await bound(world, INTERNAL)).sort()).toEqual([...foreign, again].sort());
    expectNothing(await one.up());
    await one.destroy();
    expect(await bound(world, INTERNAL)).toEqual(foreign);
  });
});

/** How many actions each place has, of our organization and then of the other. */
async function counts(places: Place[], other: string): Promise<number[]> {
  const lists = [world.organization, other].flatMap((owner) =>
    places.map((place) => bound(world, place, owner)),
  );
  return (await Promise.all(lists)).map(({ length }) => length);
}

/** Neither in what the engine keeps nor in its export is a secret in the clear, not even inside a script. */
async function expectSecret(secrets: string[], exported: unknown): Promise<void> {
  const traces = secrets.flatMap(tracesOf);
  const { found, files } = searchFiles(world.folder(), traces);
  expect(found).toEqual([]);
  const text = JSON.stringify(exported);
  expect(traces.filter((trace) => text.includes(trace)).length, "the scripts hold secrets").toBeGreaterThan(
    0,
  );
  const unmarked = withoutMarked(exported);
  expect(traces.filter((trace) => unmarked.includes(trace))).toEqual([]);
  console.log(`${secrets.length} secrets in the clear in none of ${files} files`);
}
