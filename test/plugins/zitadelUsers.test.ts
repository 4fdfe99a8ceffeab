import { createPrivateKey } from "node:crypto";
import { describe, expect } from "vitest";
import type { Resource } from "./zitadelPlugin";
import { behaviour, setUp } from "./zitadelSetUp";

const made = setUp();
let count = 0;

function userInputs(): { userName: string; [input: string]: unknown } {
  const userName = `reader${count++}`;
  return { orgId: made.organization, userName, name: userName };
}

const createUser = () => made.plugin.create("MachineUser", userInputs());

const keyInputs = async (more: object = {}): Promise<Record<string, unknown>> => ({
  orgId: made.organization,
  userId: (await createUser()).id,
  keyType: "KEY_TYPE_JSON",
  ...more,
});

describe("machine users", () => {
  behaviour("userLife", async () => {
    const user = await createUser();
    const { userName } = user.inputs;
    expect(user.id).toMatch(/^\d{18}$/);
    expect(user.state).toEqual({
      accessTokenType: "ACCESS_TOKEN_TYPE_BEARER",
      description: "",
      loginNames: [userName],
      name: userName,
      orgId: made.organization,
      preferredLoginName: userName,
      state: "USER_STATE_ACTIVE",
      userName,
      withSecret: false,
    });
    expect((await made.plugin.refresh(user))!.state).toEqual(user.state);
    const wanted = { ...userInputs(), description: "reads events", accessTokenType: "ACCESS_TOKEN_TYPE_JWT" };
    const changed = await made.plugin.update(user, wanted);
    expect((await made.plugin.refresh(changed))!.state).toMatchObject(wanted);
    await made.plugin.delete(changed);
    await expect(made.plugin.delete(changed)).rejects.toThrow(
      "failed to delete user: rpc error: code = NotFound",
    );
  });

  behaviour("userDuplicate", async () => {
    const user = await createUser();
    await expect(made.plugin.create("MachineUser", user.inputs)).rejects.toThrow(
      "failed to create machine user: rpc error: code = AlreadyExists desc = User already exists (V3-DKcYh)",
    );
  });

  behaviour("organizationLeftOut", async () => {
    const { orgId: _, ...inputs } = userInputs();
    const user = await made.plugin.create("MachineUser", inputs);
    expect(user.state.orgId).toBe(made.organization);
    expect(await made.plugin.diff(user, inputs)).toMatchObject({ changes: ["orgId"], replaces: ["orgId"] });

    const script = { name: "leftOut", script: "function leftOut() {}", timeout: "10s", allowedToFail: true };
    const action = await made.plugin.create("Action", script);
    expect((await made.plugin.diff(action, script)).changes).toEqual([]);
    const refreshed = (await made.plugin.refresh(action))!;
    expect(await made.plugin.diff(refreshed, script)).toMatchObject({
      changes: ["orgId"],
      replaces: ["orgId"],
    });
  });
});

describe("keys and tokens", () => {
  behaviour("keyDetails", async () => {
    const key = await made.plugin.create("MachineKey", await keyInputs());
    expect(key.secrets).toEqual(["keyDetails"]);
    const details = JSON.parse(key.state.keyDetails as string);
    expect(details).toMatchObject({ type: "serviceaccount", keyId: key.id, userId: key.inputs.userId });
    expect(createPrivateKey(details.key).asymmetricKeyType).toBe("rsa");
    const refreshed = (await made.plugin.refresh(key))!;
    expect(refreshed.state.keyDetails).toBe(key.state.keyDetails);
    expect(refreshed.secrets).toEqual(["keyDetails"]);
    expect(refreshed.inputs).not.toHaveProperty("keyDetails");
  });

  behaviour("keyImmutable", async () => {
    const key = await made.plugin.create(
      "MachineKey",
      await keyInputs({ expirationDate: "2030-01-01T00:00:00Z" }),
    );
    const others = {
      expirationDate: "2031-01-01T00:00:00Z",
      keyType: "KEY_TYPE_UNSPECIFIED",
      orgId: "999999999999999999",
      userId: "another",
    };
    for (const [input, value] of Object.entries(others)) {
      const difference = await made.plugin.diff(key, { ...key.inputs, [input]: value });
      expect(difference).toEqual({ changes: [input], replaces: [input], deleteBeforeReplace: false });
    }
  });

  behaviour("keyExpiry", async () => {
    const inputs = await keyInputs({ expirationDate: "2030-01-01T02:00:00.5+02:00" });
    const key = await made.plugin.create("MachineKey", inputs);
    expect((await made.plugin.diff(key, inputs)).changes).toEqual([]);
    const refreshed = (await made.plugin.refresh(key))!;
    expect(refreshed.state.expirationDate).toBe("2030-01-01T00:00:00Z");
    expect((await made.plugin.diff(refreshed, inputs)).replaces).toEqual(["expirationDate"]);
    const inUtc = { ...inputs, expirationDate: "2030-01-01T00:00:00Z" };
    expect((await made.plugin.diff(refreshed, inUtc)).changes).toEqual([]);
    const soon = await keyInputs({ expirationDate: "soon" });
    await expect(made.plugin.create("MachineKey", soon)).rejects.toThrow("failed to parse time");
  });

  behaviour("keyNoExpiry", async () => {
    const inputs = await keyInputs();
    const refreshed = (await made.plugin.refresh(await made.plugin.create("MachineKey", inputs)))!;
    expect(refreshed.state.expirationDate).toBe("9999-12-31T23:59:59Z");
    expect((await made.plugin.diff(refreshed, inputs)).changes).toEqual([]);
  });

  behaviour("tokenNoExpiry", async () => {
    const { keyType: _, ...inputs } = await keyInputs();
    const refreshed = (await made.plugin.refresh(await made.plugin.create("PersonalAccessToken", inputs)))!;
    expect(refreshed.state.expirationDate).toBe("9999-12-31T23:59:59Z");
    expect((await made.plugin.diff(refreshed, inputs)).replaces).toEqual(["expirationDate"]);
  });

  behaviour("tokenSecret", async () => {
    const { keyType: _, ...inputs } = await keyInputs({ expirationDate: "2030-01-01T00:00:00Z" });
    const token = await made.plugin.create("PersonalAccessToken", inputs);
    expect(token.secrets).toEqual(["token"]);
    const refreshed = (await made.plugin.refresh(token))!;
    expect(refreshed.state).toEqual(token.state);
    expect((await made.plugin.diff(refreshed, inputs)).changes).toEqual([]);
    await made.plugin.delete(token);
    expect(await made.plugin.refresh(token)).toBeUndefined();
  });
});

describe("instance members", () => {
  const roles = ["IAM_OWNER_VIEWER"];

  behaviour("memberOne", async () => {
    const user = await createUser();
    const member = await made.plugin.create("InstanceMember", { userId: user.id, roles });
    expect(member.id).toBe(`${made.zitadel.instanceId}_${user.id}`);
    await expect(made.plugin.create("InstanceMember", { userId: user.id, roles })).rejects.toThrow(
      "failed to create instance member: rpc error: code = AlreadyExists desc = Errors.Instance.Member.AlreadyExists",
    );
  });

  behaviour("memberRoles", async () => {
    const user = await createUser();
    const more = [...roles, "IAM_USER_MANAGER"];
    const member = await made.plugin.create("InstanceMember", { userId: user.id, roles: more });
    const reversed = { userId: user.id, roles: more.toReversed() };
    expect((await made.plugin.diff(member, reversed)).changes).toEqual([]);
    expect((await made.plugin.diff(member, { ...reversed, userId: "another" })).replaces).toEqual(["userId"]);
    const updated = await made.plugin.update(member, { userId: user.id, roles });
    expect((await made.plugin.refresh(updated))!.state.roles).toEqual(roles);
    await made.plugin.delete(updated);
  });
});

describe("what was deleted in ZITADEL", () => {
  behaviour("refreshGone", async () => {
    const inputs = await keyInputs();
    const { keyType: _, ...tokenInputs } = inputs;
    const existing: Resource[] = [
      await made.plugin.create("MachineKey", inputs),
      await made.plugin.create("PersonalAccessToken", tokenInputs),
      await made.plugin.create("InstanceMember", { userId: inputs.userId, roles: ["IAM_OWNER_VIEWER"] }),
    ];
    const user = (await made.plugin.import("MachineUser", inputs.userId as string))!;
    for (const resource of [...existing, user]) {
      expect(await made.plugin.refresh(resource)).toBeDefined();
    }
    const path = `/management/v1/users/${inputs.userId}`;
    await made.administrator.call("DELETE", path, undefined, made.organization);
    for (const resource of [...existing, user]) {
      expect(await made.plugin.refresh(resource), resource.urn).toBeUndefined();
    }
  });
});
