import { changedAnswer, changedDetails, createdDetails, shownHistory } from "./details";
import type { Credential, User } from "./directory";
import type { Instance } from "./instance";
import { type Message, timestampOf } from "./protojson";
import { type Route, route } from "./route";
import { formatTimestamp, parseTimestamp } from "./timestamp";
import { Users } from "./users";

const ACCESS_TOKEN_TYPES = ["ACCESS_TOKEN_TYPE_BEARER", "ACCESS_TOKEN_TYPE_JWT"];

/** The management calls on machine users, their keys and personal access tokens. */
export function userRoutes(instance: Instance): Route[] {
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
      const [event, key] = await users.addKey(caller, parameters.user!, expirationOf(body), pem);
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
      const expiration = expirationOf(body);
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
  return {
    id,
    details: shownHistory(credential),
    ...fields,
    expirationDate: formatTimestamp(parseTimestamp(expiration) ?? 0),
  };
}

function expirationOf(body: Message): number | undefined {
  const field = body.field("expirationDate");
  return field && timestampOf(field, parseTimestamp);
}

function accessTokenType(body: Message): number {
  const given = body.field("accessTokenType") && body.string("accessTokenType");
  return Math.max(ACCESS_TOKEN_TYPES.indexOf(given ?? ""), 0);
}
