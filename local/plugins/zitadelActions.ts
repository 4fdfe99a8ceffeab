import type { ZitadelApi } from "./zitadelApi";
import { formatGoDuration, fromProtobuf, parseGoDuration, toProtobuf } from "./zitadelDuration";
import {
  type Details,
  failing,
  type Kind,
  management,
  organization,
  organizationOf,
  unlessGone,
} from "./zitadelKind";
import { type Properties, type PropertyTable, setOrder } from "./zitadelProperties";

const flows = {
  FLOW_TYPE_EXTERNAL_AUTHENTICATION: "1",
  FLOW_TYPE_CUSTOMISE_TOKEN: "2",
  FLOW_TYPE_INTERNAL_AUTHENTICATION: "3",
  FLOW_TYPE_SAML_RESPONSE: "4",
} as const;
const triggers = {
  TRIGGER_TYPE_POST_AUTHENTICATION: "1",
  TRIGGER_TYPE_PRE_CREATION: "2",
  TRIGGER_TYPE_POST_CREATION: "3",
  TRIGGER_TYPE_PRE_USERINFO_CREATION: "4",
  TRIGGER_TYPE_PRE_ACCESS_TOKEN_CREATION: "5",
  TRIGGER_TYPE_PRE_SAML_RESPONSE_CREATION: "6",
} as const;

export const action: Kind = {
  properties: {
    allowedToFail: { required: true },
    name: { named: true },
    orgId: organization,
    script: { required: true },
    state: { output: true },
    timeout: { required: true },
  },
  importId: ["id", "orgId?"],
  async create(api, inputs) {
    const path = `${management}/actions`;
    const body = actionBody(inputs);
    const { id } = await failing(
      "failed to create action",
      api.call<{ id: string }>("POST", path, body, organizationOf(inputs)),
    );
    return { id, state: {} };
  },
  async read(api, id, state) {
    const body = { queries: [{ actionIdQuery: { id } }] };
    type Found = { result?: FoundAction[] };
    const found = await unlessGone(
      api.call<Found>("POST", `${management}/actions/_search`, body, organizationOf(state)),
    );
    const one = found?.result?.find((candidate) => candidate.id === id);
    return (
      one && {
        id,
        state: {
          allowedToFail: one.allowedToFail ?? false,
          name: one.name,
          orgId: one.details.resourceOwner,
          script: one.script ?? "",
          state: ["ACTION_STATE_UNSPECIFIED", "ACTION_STATE_INACTIVE", "ACTION_STATE_ACTIVE"].indexOf(
            one.state,
          ),
          timeout: formatGoDuration(fromProtobuf(one.timeout)),
        },
      }
    );
  },
  async update(api, id, inputs) {
    const path = `${management}/actions/${id}`;
    await failing(
      "failed to update action",
      api.call("PUT", path, actionBody(inputs), organizationOf(inputs)),
    );
  },
  async delete(api, id, state) {
    const path = `${management}/actions/${id}`;
    await failing("failed to delete action", api.call("DELETE", path, undefined, organizationOf(state)));
  },
};

interface FoundAction {
  id: string;
  details: Details;
  state: string;
  name: string;
  script?: string;
  timeout?: string;
  allowedToFail?: boolean;
}

function actionBody({ name, script, timeout, allowedToFail }: Properties) {
  return { name, script, timeout: toProtobuf(parseGoDuration(timeout as string)), allowedToFail };
}

export const triggerActions: Kind = {
  properties: {
    actionIds: { required: true, set: true },
    flowType: { required: true, replaces: true, values: Object.keys(flows) },
    orgId: organization,
    triggerType: { required: true, replaces: true, values: Object.keys(triggers) },
  },
  importId: ["flowType", "triggerType", "orgId?"],
  async create(api, inputs) {
    await failing("failed to create trigger actions", bind(api, inputs, inputs.actionIds as string[]));
    return { id: triggerActionsId(inputs), state: {} };
  },
  async read(api, _id, state) {
    return { id: triggerActionsId(state), state: { actionIds: await boundActions(api, state) } };
  },
  async update(api, _id, inputs) {
    await failing("failed to update trigger actions", bind(api, inputs, inputs.actionIds as string[]));
  },
  async delete(api, _id, state) {
    await failing("failed to delete trigger actions", unlessGone(bind(api, state, [])));
  },
};

/** Sets the whole list of a flow's trigger; the list that is there already is refused. */
async function bind(api: ZitadelApi, binding: Properties, actionIds: string[]): Promise<void> {
  const flow = flows[binding.flowType as keyof typeof flows];
  const trigger = triggers[binding.triggerType as keyof typeof triggers];
  const path = `${management}/flows/${flow}/trigger/${trigger}`;
  const body = { actionIds: setOrder(actionIds) };
  await api.call("POST", path, body, organizationOf(binding));
}

/** What the function getTriggerActions takes; unlike the resource it does not look at the values. */
export const getTriggerActionsArguments: PropertyTable = {
  flowType: { required: true },
  orgId: organization,
  triggerType: { required: true },
};

/** What is bound to a flow's trigger; an empty list where nothing is. */
export async function getTriggerActions(api: ZitadelApi, args: Properties): Promise<Properties> {
  return { ...args, actionIds: await boundActions(api, args), id: triggerActionsId(args) };
}

/** The ids of the actions in a flow's trigger, in the order of a set; none where nothing is bound. */
async function boundActions(
  api: ZitadelApi,
  { flowType, triggerType, orgId }: Properties,
): Promise<string[]> {
  type Answer = {
    flow?: { triggerActions?: { triggerType: { id: string }; actions?: { id: string }[] }[] };
  };
  // A type that does not exist is asked for as 0, which ZITADEL refuses.
  const path = `${management}/flows/${flows[flowType as keyof typeof flows] ?? "0"}`;
  const { flow } = await api.call<Answer>("GET", path, undefined, orgId as string | undefined);
  const trigger = triggers[triggerType as keyof typeof triggers];
  const bound = flow?.triggerActions?.filter((one) => one.triggerType.id === trigger) ?? [];
  return setOrder(bound.flatMap(({ actions }) => actions?.map(({ id }) => id) ?? []));
}

function triggerActionsId({ orgId, flowType, triggerType }: Properties): string {
  return `${orgId ?? ""}_${flowType}_${triggerType}`;
}
