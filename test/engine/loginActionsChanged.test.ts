import type { EngineEvent } from "@pulumi/pulumi/automation";
import { describe, expect, it } from "vitest";
import { type LocalStack, readEvents } from "../../local/engineStack";
import { setOrder } from "../../local/plugins/zitadelProperties";
import {
  addForeign,
  bound,
  changesOf,
  expectNothing,
  INTERNAL,
  ownOf,
  removeAction,
  setBound,
  useWorld,
} from "./loginActionsWorld";

const world = useWorld();

/** A stack that is up beside two foreign actions, in the order in which ZITADEL runs them. */
async function opened() {
  const foreign = [await addForeign(world), await addForeign(world)];
  await setBound(world, INTERNAL, foreign);
  const stack = await world.stack(() => ({ flows: ["internal"] }));
  const own = ownOf(await stack.up())[INTERNAL]!;
  return { stack, foreign, own, ids: await bound(world, INTERNAL) };
}

/** `up` as in a project that does not ask for refresh. */
async function upWithoutRefresh({ stack }: LocalStack) {
  const settings = await stack.workspace.projectSettings();
  await stack.workspace.saveProjectSettings({ ...settings, options: undefined } as typeof settings);
  const events: EngineEvent[] = [];
  await stack.up({ color: "never", onEvent: (event) => events.push(event) });
  return readEvents(events);
}

/** What one `up` did, after which another finds nothing to do. */
async function mend(stack: LocalStack): Promise<string[]> {
  const mended = await stack.up();
  expect(mended.diagnostics).toEqual([]);
  expectNothing(await stack.up());
  return changesOf(mended);
}

describe("what others change between two runs of LoginActions is mended by one `up`:", () => {
  it("a neighbour adds, removes and reorders; somebody unbinds ours, or all; our action is deleted", async () => {
    const { stack, own, ids } = await opened();
    const list = async () => (await bound(world, INTERNAL)).sort();

    const added = await addForeign(world);
    await setBound(world, INTERNAL, [...ids, added]);
    expect(await mend(stack), "a neighbour adds").toEqual([]);
    expect(await list()).toEqual([...ids, added].sort());

    await setBound(world, INTERNAL, ids);
    expect(await mend(stack), "a neighbour removes").toEqual([]);
    expect(await list()).toEqual([...ids].sort());

    await setBound(world, INTERNAL, ids.toReversed());
    expect(await mend(stack), "a neighbour reorders").toEqual([]);
    expect(await bound(world, INTERNAL), "the neighbour's order stays").toEqual(ids.toReversed());

    const others = ids.filter((id) => id !== own);
    await setBound(world, INTERNAL, others);
    expect(await mend(stack), "ours is unbound").toEqual(["update TriggerActions"]);
    expect(await list()).toEqual([...ids].sort());

    await setBound(world, INTERNAL, []);
    expect(await mend(stack), "all is unbound").toEqual(["update TriggerActions"]);
    expect(await list()).toEqual([own]);

    await setBound(world, INTERNAL, [others[0]!, added]);
    expect(await mend(stack), "ours is replaced by another").toEqual(["update TriggerActions"]);
    expect(await list()).toEqual([others[0]!, added, own].sort());

    await removeAction(world, own);
    expect((await mend(stack)).sort(), "our action is deleted").toEqual([
      "create Action",
      "update TriggerActions",
    ]);
    const made = ownOf(await stack.up())[INTERNAL]!;
    expect(made).not.toBe(own);
    expect(await list()).toEqual([others[0]!, added, made].sort());

    await removeAction(world, others[0]!);
    expect(await mend(stack), "a neighbour deletes its action").toEqual([]);
    expect(await list()).toEqual([added, made].sort());

    await editScript(made);
    expect(await mend(stack), "our script is edited").toEqual(["update Action"]);

    await stack.destroy();
    expect(await list()).toEqual([added]);
    console.log("9 changes by others, each mended by one `up`, the next changed nothing");
  });

  it("without refresh a neighbour's change fails with NoChanges, and a refresh is the remedy", async () => {
    const { stack, ids } = await opened();
    const added = await addForeign(world);
    // As another program does: in the provider's order. In any other order the same ids are a change to ZITADEL.
    await setBound(world, INTERNAL, setOrder([...ids, added]));
    await expect(upWithoutRefresh(stack)).rejects.toThrow(
      /failed to update trigger actions: .* No Changes \(COMMAND-Nfh52\)/,
    );
    expect(await mend(stack)).toEqual([]);
    expect((await bound(world, INTERNAL)).sort()).toEqual([...ids, added].sort());
    await stack.destroy();
  });

  it("without refresh the deletion of our action is not seen, and its change fails; a refresh is the remedy", async () => {
    let url = "https://audit.example.com/logins";
    const stack = await world.stack(() => ({ webhook: { url }, flows: ["internal"] }));
    const own = ownOf(await stack.up())[INTERNAL]!;
    await removeAction(world, own);
    const unseen = await upWithoutRefresh(stack);
    expect(Object.keys(unseen.changes)).toEqual(["same"]);
    url = "https://other.example.com/logins";
    await expect(upWithoutRefresh(stack)).rejects.toThrow(/failed to update action: .*NotFound/);
    expect(await mend(stack)).toContain("create Action");
    await stack.destroy();
  });

  it("an action that is bound already when its binding is created fails with NoChanges until it is unbound", async () => {
    let bind = false;
    const before = await bound(world, INTERNAL);
    const stack = await world.stack(() => ({ bind, flows: ["internal"] }));
    const own = ownOf(await stack.up())[INTERNAL]!;
    await setBound(world, INTERNAL, setOrder([...before, own]));
    bind = true;
    await expect(stack.up()).rejects.toThrow(
      /failed to create trigger actions: .* No Changes \(COMMAND-Nfh52\)/,
    );
    await setBound(world, INTERNAL, before);
    expect(await mend(stack)).toEqual(["create TriggerActions"]);
    await stack.destroy();
    expect(await bound(world, INTERNAL)).toEqual(before);
  });
});

async function editScript(id: string): Promise<void> {
  type Answer = { action: { name: string } };
  const path = `/management/v1/actions/${id}`;
  const { action } = await world.administrator.call<Answer>("GET", path, undefined, world.organization);
  const body = {
    name: action.name,
    script: `function ${action.name}() {}`,
    timeout: "3s",
    allowedToFail: true,
  };
  await world.administrator.call("PUT", path, body, world.organization);
}
