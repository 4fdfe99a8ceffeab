import { describe, expect } from "vitest";
import type { Resource } from "./zitadelPlugin";
import { behaviour, setUp } from "./zitadelSetUp";

const made = setUp();
let count = 0;

function createAction(): Promise<Resource> {
  const name = `bound${count++}`;
  const inputs = {
    orgId: made.organization,
    name,
    script: `function ${name}() {}`,
    timeout: "10s",
    allowedToFail: true,
  };
  return made.plugin.create("Action", inputs);
}

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
    await made.plugin.delete(action);
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
      'id "mine" does not match regular expression ^\\d{18}$',
    );
  });
});

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
