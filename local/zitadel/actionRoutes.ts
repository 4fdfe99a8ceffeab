import { Actions } from "./actions";
import { createdDetails, searchAnswer } from "./details";
import type { Action } from "./directory";
import type { Instance } from "./instance";
import type { Message } from "./protojson";
import { type Call, type Route, route } from "./route";
import { formatTimestamp } from "./timestamp";

const FLOWS: Record<number, [key: string, message: string]> = {
  1: ["ExternalAuthentication", "External Authentication"],
  2: ["CustomiseToken", "Complement Token"],
  3: ["InternalAuthentication", "Internal Authentication"],
  4: ["CustomizeSAMLResponse", "Complement SAMLResponse"],
};
const TRIGGERS: Record<number, [key: string, message: string]> = {
  1: ["PostAuthentication", "Post Authentication"],
  2: ["PreCreation", "Pre Creation"],
  3: ["PostCreation", "Post Creation"],
};

/** The management calls on actions (version 1). */
export function actionRoutes(instance: Instance): Route[] {
  const actions = new Actions(instance);
  const base = "/management/v1/actions";
  const fields = (body: Message) => ({
    name: body.string("name") ?? "",
    script: body.string("script") ?? "",
    timeout: Math.round(Number.parseFloat(body.string("timeout") ?? "0") * 1e9),
    allowedToFail: body.boolean("allowedToFail") ?? false,
  });
  return [
    route("POST", base, "org.action.write", async ({ caller, body }) => {
      const event = await actions.add(caller, fields(body));
      return { details: createdDetails(event), id: event.aggregateId };
    }),
    route("POST", `${base}/_search`, "org.action.read", ({ caller }) =>
      searchAnswer(instance, actions.search(caller).map(shownAction)),
    ),
    route("GET", `${base}/:action`, "org.action.read", ({ caller, parameters }) => ({
      action: shownAction(actions.get(caller, parameters.action!)),
    })),
    route("PUT", `${base}/:action`, "org.action.write", async ({ caller, parameters, body }) => ({
      details: createdDetails(await actions.change(caller, parameters.action!, fields(body))),
    })),
    route("DELETE", `${base}/:action`, "org.action.delete", async ({ caller, parameters }) => {
      await actions.remove(caller, parameters.action!);
      return {};
    }),
  ];
}

/** The management calls on flows: what is bound to which trigger. */
export function flowRoutes(instance: Instance): Route[] {
  const actions = new Actions(instance);
  const base = "/management/v1/flows";
  return [
    route("POST", `${base}/types/_search`, "org.flow.read", () => ({
      result: Object.keys(FLOWS).map((id) => flowType(Number(id))),
    })),
    route("POST", `${base}/:flow/triggers/_search`, "org.flow.read", () => ({
      result: Object.keys(TRIGGERS).map((id) => triggerType(Number(id))),
    })),
    route("GET", `${base}/:flow`, "org.flow.read", (call) => ({ flow: shownFlow(actions, call) })),
    route(
      "POST",
      `${base}/:flow/trigger/:trigger`,
      "org.flow.write",
      async ({ caller, parameters, body }) => {
        const { flow, trigger } = parameters;
        const event = await actions.bind(caller, Number(flow), Number(trigger), body.strings("actionIds"));
        return { details: createdDetails(event) };
      },
    ),
  ];
}

function shownFlow(actions: Actions, { caller, parameters }: Call): object {
  const flow = Number(parameters.flow);
  const bound = actions.bound(caller, flow);
  const last = bound.reduce((most, one) => (most && most.sequence > one.sequence ? most : one), bound[0]);
  const details = last && {
    sequence: String(last.sequence),
    changeDate: formatTimestamp(last.changedAt),
    resourceOwner: caller.organizationId,
  };
  const triggerActions = bound.map((one) => ({
    triggerType: triggerType(one.trigger),
    actions: one.actionIds.map((id) => shownAction(actions.get(caller, id))),
  }));
  return {
    type: flowType(flow),
    details: details ?? {},
    state: "FLOW_STATE_ACTIVE",
    ...(triggerActions.length > 0 && { triggerActions }),
  };
}

function flowType(id: number): object {
  const [key, localizedMessage] = FLOWS[id] ?? ["Unspecified", "Action.Flow.Type.Unspecified"];
  return { id: String(id), name: { key: `Action.Flow.Type.${key}`, localizedMessage } };
}

function triggerType(id: number): object {
  const [key, localizedMessage] = TRIGGERS[id] ?? ["Unspecified", "Action.TriggerType.Unspecified"];
  return { id: String(id), name: { key: `Action.TriggerType.${key}`, localizedMessage } };
}

function shownAction(action: Action): object {
  const { sequence, changedAt, resourceOwner } = action;
  return {
    id: action.id,
    details: { sequence: String(sequence), changeDate: formatTimestamp(changedAt), resourceOwner },
    state: action.active ? "ACTION_STATE_ACTIVE" : "ACTION_STATE_INACTIVE",
    name: action.name,
    script: action.script,
    timeout: `${action.timeout / 1e9}s`,
    ...(action.allowedToFail && { allowedToFail: true }),
  };
}
