import { describe, expect } from "vitest";
import { HalfDone, type Resource, UNKNOWN } from "./zitadelPlugin";
import { behaviour, callsSoFar, setUp } from "./zitadelSetUp";

const made = setUp();
let count = 0;

/** The inputs of an action with a name that no other test has. */
function actionInputs(): { name: string; [input: string]: unknown } {
  const name = `action${count++}`;
  return {
    orgId: made.organization,
    name,
    script: `function ${name}() {}`,
    timeout: "10s",
    allowedToFail: true,
  };
}

const createAction = () => made.plugin.create("Action", actionInputs());

describe("actions", () => {
  behaviour("actionLife", async () => {
    const action = await createAction();
    expect(action.id).toMatch(/^\d{18}$/);
    expect(action.state).toEqual(withoutDefaults(action.inputs));
    const changed = await made.plugin.update(action, { ...action.inputs, allowedToFail: false });
    const refreshed = await made.plugin.refresh(changed);
    expect(refreshed!.state).toEqual({ ...action.state, allowedToFail: false, state: 2 });
    await made.plugin.delete(refreshed!);
    expect(await made.plugin.refresh(refreshed!)).toBeUndefined();
  });

  behaviour("actionNoChanges", async () => {
    const action = await createAction();
    const stale = { ...action, state: { ...action.state, script: "what it was before" } };
    await expect(made.plugin.update(stale, action.inputs)).rejects.toThrow(
      "failed to update action: rpc error: code = FailedPrecondition desc = No changes (ACTION-dg4t2)",
    );
  });

  behaviour("actionGone", async () => {
    const action = await createAction();
    await remove(action);
    await expect(made.plugin.delete(action)).rejects.toThrow(
      "failed to delete action: rpc error: code = NotFound desc = Action not found (COMMAND-Dgh4h)",
    );
    expect(await made.plugin.refresh(action)).toBeUndefined();
  });

  behaviour("actionTimeout", async () => {
    const inputs = { ...actionInputs(), timeout: "1000ms" };
    const action = await made.plugin.create("Action", inputs);
    expect((await made.plugin.diff(action, inputs)).changes).toEqual([]);
    const refreshed = (await made.plugin.refresh(action))!;
    expect(refreshed.state.timeout).toBe("1s");
    expect((await made.plugin.diff(refreshed, inputs)).changes).toEqual(["timeout"]);
  });

  behaviour("actionNames", async () => {
    const action = await createAction();
    await expect(made.plugin.create("Action", action.inputs)).rejects.toThrow(
      "failed to create action: rpc error: code = AlreadyExists desc = Errors.Action.AlreadyExists (V3-DKcYh)",
    );
  });

  behaviour("failedUpdate", async () => {
    const action = await createAction();
    const stale = { ...action, state: { ...action.state, script: "what it was before" } };
    const failed = made.plugin.update(stale, action.inputs);
    const error = await failed.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(HalfDone);
    const left = { ...stale, state: (error as HalfDone).state };
    expect(left.state).toEqual(action.state);
    const calls = callsSoFar(made.zitadel);
    expect((await made.plugin.update(left, action.inputs)).state).toEqual(action.state);
    expect(callsSoFar(made.zitadel)).toBe(calls);
  });

  behaviour("previewUpdate", async () => {
    const action = (await made.plugin.refresh(await createAction()))!;
    const calls = callsSoFar(made.zitadel);
    const planned = await made.plugin.update(
      action,
      { ...action.inputs, script: UNKNOWN },
      { preview: true },
    );
    expect(planned.state).toEqual({ ...action.state, script: UNKNOWN });
    expect(callsSoFar(made.zitadel)).toBe(calls);
  });

  behaviour("refreshDrift", async () => {
    const action = await createAction();
    const { name, script, timeout } = action.inputs;
    const body = { name, script, timeout, allowedToFail: false };
    await made.administrator.call("PUT", `/management/v1/actions/${action.id}`, body, made.organization);
    const refreshed = (await made.plugin.refresh(action))!;
    expect(refreshed.inputs).toEqual({ ...action.inputs, allowedToFail: false });
    expect((await made.plugin.diff(refreshed, action.inputs)).changes).toEqual(["allowedToFail"]);
  });
});

function withoutDefaults({ __defaults, ...inputs }: Record<string, unknown>) {
  return inputs;
}

async function remove(action: Resource): Promise<void> {
  await made.administrator.call(
    "DELETE",
    `/management/v1/actions/${action.id}`,
    undefined,
    made.organization,
  );
}
