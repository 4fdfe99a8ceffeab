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

const flow = "FLOW_TYPE_INTERNAL_AUTHENTICATION";
const triggerTypes = ["POST_AUTHENTICATION", "PRE_CREATION", "POST_CREATION"].map(
  (type) => `TRIGGER_TYPE_${type}`,
);
const free = [flow, "FLOW_TYPE_EXTERNAL_AUTHENTICATION"].flatMap((flowType) =>
  triggerTypes.map((triggerType) => ({ flowType, triggerType })),
);

/** A flow and trigger of the organization that no other test has. */
function place() {
  return { orgId: made.organization, ...free.shift()! };
}

describe("bindings of actions", () => {
  behaviour("triggerAuthoritative", async () => {
    const where = place();
    const [foreign, own] = [await createAction(), await createAction()];
    await bind(where, [foreign.id]);
    const binding = await made.plugin.create("TriggerActions", { ...where, actionIds: [own.id] });
    expect(binding.id).toBe(`${made.organization}_${where.flowType}_${where.triggerType}`);
    expect(await bound(where)).toEqual([own.id]);
    await made.plugin.update(binding, { ...where, actionIds: [own.id, foreign.id] });
    expect((await bound(where)).sort()).toEqual([own.id, foreign.id].sort());
  });

  behaviour("triggerNoChanges", async () => {
    const where = place();
    const action = await createAction();
    await bind(where, [action.id]);
    const inputs = { ...where, actionIds: [action.id] };
    const refusal = "rpc error: code = FailedPrecondition desc = No Changes (COMMAND-Nfh52)";
    await expect(made.plugin.create("TriggerActions", inputs)).rejects.toThrow(
      `failed to create trigger actions: ${refusal}`,
    );
    await bind(where, []);
    const binding = await made.plugin.create("TriggerActions", inputs);
    const stale = { ...binding, state: { ...binding.state, actionIds: [] } };
    await expect(made.plugin.update(stale, inputs)).rejects.toThrow(
      `failed to update trigger actions: ${refusal}`,
    );
  });

  behaviour("triggerSet", async () => {
    const where = place();
    const actions = await Promise.all([1, 2, 3, 4].map(createAction));
    const ids = actions.map((action) => action.id);
    const binding = await made.plugin.create("TriggerActions", { ...where, actionIds: ids });
    const reversed = { ...where, actionIds: ids.toReversed() };
    expect((await made.plugin.diff(binding, reversed)).changes).toEqual([]);
    expect(binding.state.actionIds).toEqual(await bound(where));
    await bind(where, []);
    const again = await made.plugin.create("TriggerActions", reversed);
    expect(again.state.actionIds).toEqual(binding.state.actionIds);
  });

  behaviour("triggerDeletedAction", async () => {
    const where = place();
    const action = await createAction();
    await remove(action);
    await expect(made.plugin.create("TriggerActions", { ...where, actionIds: [action.id] })).rejects.toThrow(
      "failed to create trigger actions: rpc error: code = FailedPrecondition desc = ActionIDs do not exist (COMMAND-dg422)",
    );
    free.push(where);
  });

  behaviour("triggerDelete", async () => {
    const where = place();
    const action = await createAction();
    const binding = await made.plugin.create("TriggerActions", { ...where, actionIds: [action.id] });
    await made.plugin.delete(binding);
    expect(await bound(where)).toEqual([]);
    await expect(made.plugin.delete(binding)).rejects.toThrow(
      "failed to delete trigger actions: rpc error: code = FailedPrecondition desc = No Changes (COMMAND-Nfh52)",
    );
    free.push(where);
  });

  behaviour("triggerUnbound", async () => {
    const where = place();
    const [going, staying] = [await createAction(), await createAction()];
    await made.plugin.create("TriggerActions", { ...where, actionIds: [going.id, staying.id] });
    await made.plugin.delete(going);
    expect(await bound(where)).toEqual([staying.id]);
  });

  behaviour("triggerNeverGone", async () => {
    const where = place();
    const action = await createAction();
    const binding = await made.plugin.create("TriggerActions", { ...where, actionIds: [action.id] });
    await bind(where, []);
    const refreshed = (await made.plugin.refresh(binding))!;
    expect(refreshed).toMatchObject({ id: binding.id, state: { actionIds: [] } });
    expect(await made.plugin.diff(refreshed, binding.inputs)).toMatchObject({
      changes: ["actionIds"],
      replaces: [],
    });
    free.push(where);
  });

  behaviour("triggerReplace", async () => {
    const where = place();
    const action = await createAction();
    const binding = await made.plugin.create("TriggerActions", { ...where, actionIds: [action.id] });
    const others = {
      flowType: "FLOW_TYPE_CUSTOMISE_TOKEN",
      orgId: "999999999999999999",
      triggerType: "TRIGGER_TYPE_PRE_USERINFO_CREATION",
    };
    for (const [input, value] of Object.entries(others)) {
      const difference = await made.plugin.diff(binding, { ...binding.inputs, [input]: value });
      expect(difference).toEqual({ changes: [input], replaces: [input], deleteBeforeReplace: false });
    }
  });

  behaviour("getTriggerActions", async () => {
    const where = place();
    const id = `${made.organization}_${where.flowType}_${where.triggerType}`;
    expect(await made.plugin.getTriggerActions(where)).toEqual({ ...where, actionIds: [], id });
    const action = await createAction();
    await bind(where, [action.id]);
    expect(await made.plugin.getTriggerActions(where)).toEqual({ ...where, actionIds: [action.id], id });
  });

  behaviour("getTriggerActionsUnknown", async () => {
    const { triggerType, ...known } = {
      orgId: made.organization,
      flowType: flow,
      triggerType: triggerTypes[0],
    };
    await expect(made.plugin.getTriggerActions(known)).rejects.toThrow(
      "Missing required argument 'triggerType'",
    );
    await expect(made.plugin.getTriggerActions({ ...known, triggerType, orgId: "mine" })).rejects.toThrow(
      "18 digits",
    );
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

type Place = ReturnType<typeof place>;
const flowNumber = ({ flowType }: Place) => (flowType === flow ? 3 : 1);

async function bind(where: Place, actionIds: string[]): Promise<void> {
  const trigger = triggerTypes.indexOf(where.triggerType) + 1;
  const path = `/management/v1/flows/${flowNumber(where)}/trigger/${trigger}`;
  await made.administrator.call("POST", path, { actionIds }, made.organization);
}

/** The ids that are bound, in ZITADEL's own order. */
async function bound(where: Place): Promise<string[]> {
  type Answer = { flow: { triggerActions?: { triggerType: { id: string }; actions: { id: string }[] }[] } };
  const path = `/management/v1/flows/${flowNumber(where)}`;
  const { flow } = await made.administrator.call<Answer>("GET", path, undefined, made.organization);
  const trigger = String(triggerTypes.indexOf(where.triggerType) + 1);
  const found = flow.triggerActions?.find((one) => one.triggerType.id === trigger);
  return found?.actions.map((action) => action.id) ?? [];
}
