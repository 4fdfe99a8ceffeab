import { logCreation, logDeletion } from "./userLog";
import {
  type Details,
  failing,
  type Kind,
  management,
  organization,
  organizationOf,
  unlessGone,
} from "./zitadelKind";
import { type Properties, type PropertyTable, setOrder, type Value } from "./zitadelProperties";

export const machineUser: Kind = {
  properties: {
    accessTokenType: {
      default: "ACCESS_TOKEN_TYPE_BEARER",
      values: ["ACCESS_TOKEN_TYPE_BEARER", "ACCESS_TOKEN_TYPE_JWT"],
    },
    clientId: { output: true, secret: true },
    clientSecret: { output: true, secret: true },
    description: {},
    loginNames: { output: true },
    name: { named: true },
    orgId: organization,
    preferredLoginName: { output: true },
    state: { output: true },
    userName: { required: true },
    withSecret: {
      default: false,
      refuse: (wanted) =>
        wanted === true ? "must be false: the local plugin makes no client secrets" : undefined,
    },
  },
  importId: ["id", "orgId?"],
  async create(api, inputs) {
    const body = { userName: inputs.userName, ...machineBody(inputs) };
    const organizationId = organizationOf(inputs);
    const { userId } = await failing(
      "failed to create machine user",
      logCreation(api, { userName: String(inputs.userName), organizationId }, () =>
        api.call<{ userId: string }>("POST", `${management}/users/machine`, body, organizationId),
      ),
    );
    return (await machineUser.read(api, userId, inputs))!;
  },
  async read(api, id, state) {
    type Answer = {
      user: {
        details: Details;
        state: string;
        userName: string;
        loginNames?: string[];
        preferredLoginName: string;
        machine?: { name: string; description?: string; accessTokenType?: string };
      };
    };
    const answer = await unlessGone(
      api.call<Answer>("GET", `${management}/users/${id}`, undefined, organizationOf(state)),
    );
    if (!answer) {
      return undefined;
    }
    const { details, userName, loginNames, preferredLoginName, machine, ...user } = answer.user;
    const held = { orgId: details.resourceOwner, state: user.state, userName, preferredLoginName };
    return {
      id,
      state: {
        ...held,
        loginNames: loginNames ?? [],
        ...(machine && {
          name: machine.name,
          description: machine.description ?? "",
          accessTokenType: machine.accessTokenType ?? "ACCESS_TOKEN_TYPE_BEARER",
        }),
      },
    };
  },
  async update(api, id, inputs, changed) {
    const path = `${management}/users/${id}`;
    if (changed("userName")) {
      const body = { userName: inputs.userName };
      await failing(
        "failed to update username",
        api.call("PUT", `${path}/username`, body, organizationOf(inputs)),
      );
    }
    if (["name", "description", "accessTokenType"].some(changed)) {
      const body = machineBody(inputs);
      await failing(
        "failed to update machine user",
        api.call("PUT", `${path}/machine`, body, organizationOf(inputs)),
      );
    }
  },
  async delete(api, id, state) {
    const path = `${management}/users/${id}`;
    await failing("failed to delete user", api.call("DELETE", path, undefined, organizationOf(state)));
    logDeletion(id);
  },
};

function machineBody({ name, description, accessTokenType }: Properties) {
  return { name, description: description ?? "", accessTokenType };
}

export const machineKey = credential({
  path: "keys",
  label: "machine key",
  secret: "keyDetails",
  properties: {
    expirationDate: { replaces: true, filled: true },
    keyDetails: { output: true, secret: true },
    keyType: { required: true, replaces: true, values: ["KEY_TYPE_UNSPECIFIED", "KEY_TYPE_JSON"] },
    orgId: organization,
    userId: { required: true, replaces: true },
  },
  body: ({ keyType }) => ({ type: keyType }),
  made: (answer: { keyId: string; keyDetails: string }) => ({
    id: answer.keyId,
    secret: Buffer.from(answer.keyDetails, "base64").toString(),
  }),
  held: ({ key }: { key: { type?: string; expirationDate: string } }) => ({
    expirationDate: key.expirationDate,
    keyType: key.type ?? "KEY_TYPE_UNSPECIFIED",
  }),
});

export const personalAccessToken = credential({
  path: "pats",
  label: "PAT",
  secret: "token",
  properties: {
    // Unlike a key's: ZITADEL fills it, and the provider takes that for a change of the program.
    expirationDate: { replaces: true },
    orgId: organization,
    token: { output: true, secret: true },
    userId: { required: true, replaces: true },
  },
  body: () => ({}),
  made: (answer: { tokenId: string; token: string }) => ({ id: answer.tokenId, secret: answer.token }),
  held: ({ token }: { token: { expirationDate: string } }) => ({ expirationDate: token.expirationDate }),
});

/** A key or token of a user: it never changes, and its secret is told once, at its creation. */
function credential<Made, Held>(how: {
  path: string;
  label: string;
  secret: string;
  properties: PropertyTable;
  body(inputs: Properties): object;
  made(answer: Made): { id: string; secret: string };
  held(answer: Held): { expirationDate: string; keyType?: string };
}): Kind {
  const pathOf = (state: Properties) => `${management}/users/${state.userId}/${how.path}`;
  return {
    properties: how.properties,
    importId: ["id", "userId", "orgId?", `${how.secret}?`],
    async create(api, inputs) {
      const { expirationDate } = inputs;
      const body = {
        ...how.body(inputs),
        ...(expirationDate && { expirationDate: instant(expirationDate) }),
      };
      const { id, secret } = how.made(
        await api.call<Made>("POST", pathOf(inputs), body, organizationOf(inputs)),
      );
      return { id, state: { [how.secret]: secret } };
    },
    async read(api, id, state) {
      const path = `${pathOf(state)}/${id}`;
      const answer = await unlessGone(api.call<Held>("GET", path, undefined, organizationOf(state)));
      if (!answer) {
        return undefined;
      }
      const { expirationDate, ...held } = how.held(answer);
      // The provider formats it with whole seconds, and ZITADEL answers in UTC.
      return { id, state: { ...held, expirationDate: expirationDate.replace(/\.\d+Z$/, "Z") } };
    },
    async delete(api, id, state) {
      const path = `${pathOf(state)}/${id}`;
      await failing(
        `failed to delete ${how.label}`,
        api.call("DELETE", path, undefined, organizationOf(state)),
      );
    },
  };
}

export const instanceMember: Kind = {
  properties: { roles: { required: true, set: true }, userId: { required: true, replaces: true } },
  importId: ["userId"],
  async create(api, { userId, roles }) {
    const body = { userId, roles: setOrder(roles as string[]) };
    const { details } = await failing(
      "failed to create instance member",
      api.call<{ details: Details }>("POST", "/admin/v1/members", body),
    );
    return { id: `${details.resourceOwner}_${userId}`, state: {} };
  },
  async read(api, _id, { userId }) {
    const body = { queries: [{ userIdQuery: { userId } }] };
    type Found = { result?: { userId: string; details: Details; roles?: string[] }[] };
    const found = await unlessGone(api.call<Found>("POST", "/admin/v1/members/_search", body));
    const one = found?.result?.find((member) => member.userId === userId);
    const id = `${one?.details.resourceOwner}_${userId}`;
    return one && { id, state: { userId: one.userId, roles: setOrder(one.roles ?? []) } };
  },
  async update(api, _id, { userId, roles }) {
    const body = { roles: setOrder(roles as string[]) };
    await failing("failed to update instance member", api.call("PUT", `/admin/v1/members/${userId}`, body));
  },
  async delete(api, _id, { userId }) {
    await failing("failed to delete instance member", api.call("DELETE", `/admin/v1/members/${userId}`));
  },
};

/** A time in RFC 3339 as ZITADEL takes it. */
function instant(text: Value): string {
  const time = new Date(text as string);
  if (!/^\d{4}-\d\d-\d\dT/.test(text as string) || Number.isNaN(time.getTime())) {
    throw new Error(`failed to parse time: "${text}" is not in the form of RFC 3339`);
  }
  return time.toISOString().replace(".000Z", "Z");
}
