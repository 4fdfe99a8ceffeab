import { Actions } from "./actions";
import type { Action, Credential, History, User } from "./directory";
import type { StoredEvent } from "./eventTable";
import type { Instance } from "./instance";
import { InstanceMembers } from "./members";
import type { Message } from "./protojson";
import { type Call, type Route, route } from "./route";
import { formatTimestamp } from "./timestamp";
import { Users } from "./users";

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
const ACCESS_TOKEN_TYPES = ["ACCESS_TOKEN_TYPE_BEARER", "ACCESS_TOKEN_TYPE_JWT"];

/** The management and admin calls on machine users, credentials, instance members, actions and flows. */
export function managementRoutes(instance: Instance): Route[] {
  return [
    ...userRoutes(instance),
    ...memberRoutes(instance),
    ...actionRoutes(instance),
    ...flowRoutes(instance),
  ];
}

function userRoutes(instance: Instance): Route[] {
  const users = new Users(instance);
  const base = "/management/v1/users";
  const fields = (body: Message) => ({
    name: body.string("name") ?? "",
    description: body.string("description"),
    accessTokenType: accessTokenType(body),
  });
  return [
    route("POST", `${base}/machine`, "user.write", async ({ caller, body }) => {
      const event = await users.addMachine(caller, {
        userName: body.string("userName") ?? "",
        ...fields(body),
      });
      return { userId: event.aggregateId, details: changedDetails(event) };
    }),
    route("GET", `${base}/:user`, "user.read", ({ parameters }) => ({
      user: shownUser(users.get(parameters.user!)),
    })),
    route("PUT", `${base}/:user/machine`, "user.write", async ({ caller, parameters, body }) =>
      changedAnswer(await users.changeMachine(caller, parameters.user!, fields(body))),
    ),
    route("PUT", `${base}/:user/username`, "user.write", async ({ caller, parameters, body }) =>
      changedAnswer(await users.changeUserName(caller, parameters.user!, body.string("userName") ?? "")),
    ),
    route("POST", `${base}/:user/_deactivate`, "user.write", async ({ caller, parameters }) =>
      changedAnswer(await users.end(caller, parameters.user!, "deactivated")),
    ),
    route("POST", `${base}/:user/_reactivate`, "user.write", async ({ caller, parameters }) =>
      changedAnswer(await users.end(caller, parameters.user!, "reactivated")),
    ),
    route("DELETE", `${base}/:user`, "user.delete", async ({ caller, parameters }) =>
      changedAnswer(await users.end(caller, parameters.user!, "removed")),
    ),
    ...credentialRoutes(users, base),
  ];
}

function credentialRoutes(users: Users, base: string): Route[] {
  return [
    route("POST", `${base}/:user/keys`, "user.write", async ({ caller, parameters, body }) => {
      const publicKey = body.string("publicKey");
      const pem = publicKey && Buffer.from(publicKey, "base64").toString();
      const [event, key] = await users.addKey(caller, parameters.user!, body.string("expirationDate"), pem);
      const keyDetails = Buffer.from(JSON.stringify(key)).toString("base64");
      return { keyId: key.keyId, ...(!pem && { keyDetails }), details: createdDetails(event) };
    }),
    route("GET", `${base}/:user/keys/:key`, "user.read", ({ parameters }) => ({
      key: shownCredential(users.key(parameters.user!, parameters.key!), { type: "KEY_TYPE_JSON" }),
    })),
    route("DELETE", `${base}/:user/keys/:key`, "user.write", async ({ caller, parameters }) =>
      changedAnswer(await users.removeKey(caller, parameters.user!, parameters.key!)),
    ),
    route("POST", `${base}/:user/pats`, "user.write", async ({ caller, parameters, body }) => {
      const expiration = body.string("expirationDate");
      const [event, token] = await users.addPersonalAccessToken(caller, parameters.user!, expiration);
      return { ...token, details: createdDetails(event) };
    }),
    route("GET", `${base}/:user/pats/:token`, "user.read", ({ parameters }) => {
      const token = users.personalAccessToken(parameters.user!, parameters.token!);
      return { token: shownCredential(token, { scopes: token.scopes }) };
    }),
    route("DELETE", `${base}/:user/pats/:token`, "user.write", async ({ caller, parameters }) =>
      changedAnswer(await users.removePersonalAccessToken(caller, parameters.user!, parameters.token!)),
    ),
  ];
}

function memberRoutes(instance: Instance): Route[] {
  const members = new InstanceMembers(instance);
  return [
    route("POST", "/admin/v1/members", "iam.member.write", async ({ caller, body }) => {
      const event = await members.add(caller, body.string("userId") ?? "", body.strings("roles"));
      return { details: createdDetails(event) };
    }),
    route("POST", "/admin/v1/members/_search", "iam.member.read", ({ body }) => {
      const userIds = body
        .messages("queries")
        .map((query) => query.message("userIdQuery")?.string("userId") ?? "");
      const found = members.search(userIds).map((member) => {
        const user = instance.directory.users.get(member.userId);
        return {
          userId: member.userId,
          details: shownHistory(member),
          roles: member.roles,
          ...(user && {
            preferredLoginName: user.userName,
            displayName: user.name,
            userType: user.machine ? "TYPE_MACHINE" : "TYPE_HUMAN",
            userResourceOwner: user.resourceOwner,
          }),
        };
      });
      return searchAnswer(instance, found);
    }),
    route("PUT", "/admin/v1/members/:user", "iam.member.write", async ({ caller, parameters, body }) => {
      const { sequence, changedAt, resourceOwner } = await members.change(
        caller,
        parameters.user!,
        body.strings("roles"),
      );
      return {
        details: { sequence: String(sequence), changeDate: formatTimestamp(changedAt), resourceOwner },
      };
    }),
    route("DELETE", "/admin/v1/members/:user", "iam.member.delete", async ({ caller, parameters }) => {
      const event = await members.remove(caller, parameters.user!);
      return event ? changedAnswer(event) : { details: {} };
    }),
  ];
}

function actionRoutes(instance: Instance): Route[] {
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

function flowRoutes(instance: Instance): Route[] {
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

function shownUser(user: User): object {
  const { name, description, accessTokenType: type } = user;
  const machine = {
    name,
    ...(description && { description }),
    ...(type && { accessTokenType: ACCESS_TOKEN_TYPES[type] }),
  };
  return {
    id: user.id,
    details: shownHistory(user),
    state: user.active ? "USER_STATE_ACTIVE" : "USER_STATE_INACTIVE",
    userName: user.userName,
    loginNames: [user.userName],
    preferredLoginName: user.userName,
    ...(user.machine ? { machine } : { human: { profile: { displayName: name } } }),
  };
}

function shownCredential(credential: Credential, fields: object): object {
  const { id, expiration } = credential;
  return { id, details: shownHistory(credential), ...fields, expirationDate: expiration };
}

function shownHistory({ sequence, createdAt, changedAt, resourceOwner }: History): object {
  return {
    sequence: String(sequence),
    creationDate: formatTimestamp(createdAt),
    changeDate: formatTimestamp(changedAt),
    resourceOwner,
  };
}

function createdDetails({ sequence, createdAt, resourceOwner }: StoredEvent): object {
  return { sequence: String(sequence), creationDate: formatTimestamp(createdAt), resourceOwner };
}

function changedDetails({ sequence, createdAt, resourceOwner }: StoredEvent): object {
  return { sequence: String(sequence), changeDate: formatTimestamp(createdAt), resourceOwner };
}

function changedAnswer(event: StoredEvent): object {
  return { details: changedDetails(event) };
}

function searchAnswer(instance: Instance, result: object[]): object {
  const viewTimestamp = formatTimestamp(instance.clock.now());
  if (result.length === 0) return { details: { viewTimestamp } };
  return { details: { totalResult: String(result.length), viewTimestamp }, result };
}

function accessTokenType(body: Message): number {
  const given = body.field("accessTokenType") && body.string("accessTokenType");
  return Math.max(ACCESS_TOKEN_TYPES.indexOf(given ?? ""), 0);
}
