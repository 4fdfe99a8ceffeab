import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { behaviours } from "../../local/plugins/zitadelBehaviours";
import { UNKNOWN, ZitadelPlugin } from "./zitadelPlugin";
import { behaviour, callsSoFar, setUp } from "./zitadelSetUp";

const made = setUp();
const script = { script: "function f() {}", timeout: "10s", allowedToFail: true };

describe("signing in", () => {
  let plugin: ZitadelPlugin | undefined;
  afterEach(() => {
    plugin?.stop();
    plugin = undefined;
  });

  behaviour("signIn", async () => {
    plugin = await ZitadelPlugin.start();
    const { jwtProfileJson, ...where } = made.configuration;
    await expect(plugin.configure(where)).rejects.toThrow(
      "either 'jwt_profile_file' or 'jwt_profile_json' is required",
    );
    expect(await plugin.checkConfig({ jwtProfileJson })).toEqual([expect.stringContaining("zitadel:domain")]);
    expect(await plugin.checkConfig(made.configuration)).toEqual([]);

    const folder = mkdtempSync(join(tmpdir(), "key-"));
    const file = join(folder, "key.json");
    writeFileSync(file, jwtProfileJson);
    const forms = [
      { jwtProfileJson },
      { jwtProfileFile: file },
      { token: file, jwtProfileJson: "goes after it" },
    ];
    for (const form of forms) {
      await plugin.configure({ ...where, ...form });
      await plugin.getTriggerActions({
        flowType: "FLOW_TYPE_INTERNAL_AUTHENTICATION",
        triggerType: "TRIGGER_TYPE_PRE_CREATION",
      });
    }
    rmSync(folder, { recursive: true });
  });

  behaviour("signInLate", async () => {
    plugin = await ZitadelPlugin.start();
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const key = privateKey.export({ type: "pkcs1", format: "pem" });
    const jwtProfileJson = JSON.stringify({ ...made.zitadel.adminKey, key });
    await plugin.configure({ ...made.configuration, jwtProfileJson });
    const error = await plugin.create("Action", script).catch((reason: Error) => reason.message);
    expect(error).toMatch(/failed to start zitadel client: .* gives no token for the key: HTTP status 500/);
    await plugin.configure({ ...made.configuration, jwtProfileJson: '{"key": "s3cret"' });
    const unreadable = await plugin.create("Action", script).catch((reason: Error) => reason.message);
    expect(unreadable).toContain("jwtProfileJson is not the JSON of a machine key");
    expect(unreadable).not.toContain("s3cret");
  });

  it("can be loaded without a configuration, and says so at the first call", async () => {
    plugin = await ZitadelPlugin.start();
    expect(await plugin.checkConfig({})).toEqual([]);
    await plugin.configure({});
    await expect(plugin.create("Action", script)).rejects.toThrow("the provider is not configured");
  });

  it("refuses to start outside of a local run", () => {
    const entry = join(__dirname, "../../local/plugins/zitadel.ts");
    const run = spawnSync(process.execPath, ["--import=tsx", entry], { encoding: "utf8", env: {} });
    expect(run.status).toBe(1);
    expect(run.stdout).toBe("");
    expect(run.stderr).toContain("is a plugin for local runs of this project and for its tests");
  });
});

describe("the preview", () => {
  behaviour("required", async () => {
    await expect(made.plugin.create("Action", { name: "f" })).rejects.toThrow(
      "Missing required argument 'allowedToFail'\nscript: Missing required argument 'script'",
    );
  });

  behaviour("enumValues", async () => {
    const binding = { actionIds: [], flowType: "INTERNAL", triggerType: UNKNOWN };
    await expect(made.plugin.create("TriggerActions", binding)).rejects.toThrow(
      'Attribute flowType has unsupported enum value "INTERNAL", supported values: FLOW_TYPE_EXTERNAL_AUTHENTICATION',
    );
    await expect(made.plugin.create("MachineKey", { userId: "1", keyType: "JSON" })).rejects.toThrow(
      "KEY_TYPE_JSON",
    );
  });

  behaviour("organizationForm", async () => {
    await expect(made.plugin.create("Action", { ...script, orgId: "mine" })).rejects.toThrow(
      'id "mine" does not match regular expression ^\\d{18}$',
    );
  });

  behaviour("previewCreate", async () => {
    const calls = callsSoFar(made.zitadel);
    const key = { orgId: UNKNOWN, userId: UNKNOWN, keyType: "KEY_TYPE_JSON" };
    const planned = await made.plugin.create("MachineKey", key, { preview: true });
    expect(planned.id).toBe("");
    expect(planned.state).toEqual({ ...key, keyDetails: UNKNOWN, expirationDate: UNKNOWN });
    expect(callsSoFar(made.zitadel)).toBe(calls);
  });

  behaviour("unknownReplaces", async () => {
    const user = await made.plugin.create("MachineUser", {
      orgId: made.organization,
      userName: "unknown-replaces",
    });
    const inputs = { orgId: made.organization, userId: user.id, keyType: "KEY_TYPE_JSON" };
    const key = await made.plugin.create("MachineKey", inputs);
    expect((await made.plugin.diff(key, { ...inputs, userId: UNKNOWN })).replaces).toEqual(["userId"]);
  });

  behaviour("autoname", async () => {
    const inputs = { orgId: made.organization, userName: "autonamed" };
    const user = await made.plugin.create("MachineUser", inputs, { name: "reader" });
    expect(user.state.name).toMatch(/^reader-[0-9a-f]{7}$/);
    const changed = await made.plugin.update(user, { ...inputs, description: "changed" });
    expect(changed.state.name).toBe(user.state.name);
    expect((await made.plugin.update(changed, { ...inputs, name: "own" })).state.name).toBe("own");
  });

  behaviour("deleteBeforeReplace", async () => {
    const inputs = { orgId: made.organization, userName: "autonamed-too" };
    const user = await made.plugin.create("MachineUser", inputs);
    const elsewhere = { orgId: "999999999999999999", userName: "autonamed-too" };
    expect((await made.plugin.diff(user, elsewhere)).deleteBeforeReplace).toBe(false);
    expect((await made.plugin.diff(user, { ...elsewhere, name: "own" })).deleteBeforeReplace).toBe(true);
  });
});

describe("imports", () => {
  behaviour("imported", async () => {
    const organization = made.organization;
    const inputs = { orgId: organization, name: "imported", ...script };
    const action = await made.plugin.create("Action", inputs);
    const found = (await made.plugin.import("Action", `${action.id}:${organization}`))!;
    expect(found).toMatchObject({ id: action.id, inputs: { ...inputs, __defaults: [] } });
    expect((await made.plugin.diff(found, inputs)).changes).toEqual([]);
    expect(await made.plugin.import("Action", `111111111111111111:${organization}`)).toBeUndefined();

    const where = {
      flowType: "FLOW_TYPE_CUSTOMISE_TOKEN",
      triggerType: "TRIGGER_TYPE_PRE_USERINFO_CREATION",
    };
    const binding = await made.plugin.import(
      "TriggerActions",
      `${where.flowType}:${where.triggerType}:${organization}`,
    );
    expect(binding!.state).toEqual({ ...where, orgId: organization, actionIds: [] });

    await expect(made.plugin.import("MachineKey", "111111111111111111")).rejects.toThrow(
      'failed to import id "111111111111111111" by format <id:userId[:orgId][:keyDetails]>',
    );
  });
});

it("has a test for every behaviour of the table", () => {
  const tests = readdirSync(__dirname)
    .filter((file) => /^zitadel.*\.test\.ts$/.test(file))
    .map((file) => readFileSync(join(__dirname, file), "utf8"))
    .join("\n");
  const missing = Object.keys(behaviours).filter((name) => !tests.includes(`behaviour("${name}"`));
  expect(missing).toEqual([]);
});
