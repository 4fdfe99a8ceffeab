import * as pulumi from "@pulumi/pulumi";
import * as zitadel from "@pulumiverse/zitadel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Step } from "../../local/engineStack";
import { ZitadelApi } from "../../local/plugins/zitadelApi";
import { startZitadel, type Zitadel } from "../../local/zitadel/server";
import { uniqueName, useEngine } from "./stack";

const engine = useEngine(() => ({ plugins: ["zitadel"] }));

let server: Zitadel;
let administrator: ZitadelApi;
beforeAll(async () => {
  server = await startZitadel();
  const { hostname: domain, port } = new URL(server.url);
  administrator = new ZitadelApi({
    domain,
    port,
    insecure: true,
    jwtProfileJson: JSON.stringify(server.adminKey),
  });
});
afterAll(() => server?.close());

interface Wanted {
  keys: string[];
  script?: string;
}

/** A reader with its role and keys, and an action that is added to what is bound. */
function program(wanted: Wanted): pulumi.automation.PulumiFn {
  return async () => {
    const { hostname: domain, port } = new URL(server.url);
    const signedIn = new zitadel.Provider("zitadel", {
      domain,
      port,
      insecure: true,
      jwtProfileJson: pulumi.secret(JSON.stringify(server.adminKey)),
    });
    const provider = { provider: signedIn };
    const orgId = server.organizationId;
    const reader = new zitadel.MachineUser("reader", { orgId, userName: "reader", name: "reader" }, provider);
    new zitadel.InstanceMember("role", { userId: reader.id, roles: ["IAM_OWNER_VIEWER"] }, provider);
    const keys = wanted.keys.map((name) => {
      const expirationDate = "2035-01-01T00:00:00Z";
      const args = { orgId, userId: reader.id, keyType: "KEY_TYPE_JSON", expirationDate };
      return new zitadel.MachineKey(name, args, provider);
    });
    const name = "onLogin";
    const script = wanted.script ?? `function ${name}() {}`;
    const action = new zitadel.Action(
      name,
      { orgId, name, script, timeout: "10s", allowedToFail: true },
      provider,
    );
    const where = {
      orgId,
      flowType: "FLOW_TYPE_INTERNAL_AUTHENTICATION",
      triggerType: "TRIGGER_TYPE_POST_AUTHENTICATION",
    };
    const bound = zitadel.getTriggerActionsOutput(where, provider);
    const actionIds = pulumi
      .all([bound, action.id])
      .apply(([{ actionIds }, id]) => [...actionIds.filter((other) => other !== id), id]);
    new zitadel.TriggerActions(name, { ...where, actionIds }, { ...provider, retainOnDelete: true });
    return { readerId: reader.id, details: keys[0]!.keyDetails, actionId: action.id };
  };
}

describe("the zitadel plugin and SDK under the engine", () => {
  it("go through a life: preview, up, up, change with rotation, foreign binding, destroy", async () => {
    const wanted: Wanted = { keys: ["first"] };
    const stack = await engine().inlineStack({
      project: uniqueName("life"),
      program: () => program(wanted)(),
    });

    const preview = await stack.preview();
    const up = await stack.up();
    expect(up.changes.create).toBe(preview.changes.create);
    const details = { secret: true, value: expect.stringContaining("serviceaccount") };
    expect(up.outputs).toMatchObject({ readerId: { secret: false }, details });

    expect((await stack.up()).steps.filter(isChange)).toEqual([]);

    wanted.script = "function onLogin() { /* changed */ }";
    wanted.keys = ["second", "first"];
    const changed = (await stack.up()).steps.filter(isChange);
    expect(changed.map(({ op, name, diffs }) => [op, name, diffs]).sort()).toEqual([
      ["create", "second", []],
      ["update", "onLogin", ["script"]],
    ]);

    const foreign = await addAction("foreign");
    const own = up.outputs.actionId!.value as string;
    await bind([own, foreign]);
    wanted.keys = ["second"];
    const rotated = (await stack.up()).steps.filter(isChange);
    expect(rotated.map(({ op, name }) => [op, name])).toEqual([["delete", "first"]]);
    expect((await bound()).sort()).toEqual([own, foreign].sort());

    const state = JSON.stringify(await stack.export(), (_key, value) =>
      isSecret(value) ? "[secret]" : value,
    );
    expect(state).toContain("keyDetails");
    expect(state).not.toContain("PRIVATE KEY");

    await stack.destroy();
    expect(await bound()).toEqual([foreign]);
    const userId = up.outputs.readerId!.value as string;
    await expect(administrator.call("GET", `/management/v1/users/${userId}`)).rejects.toThrow("NotFound");
  });
});

function isChange({ op }: Step): boolean {
  return !["same", "refresh", "read"].includes(op);
}

function isSecret(value: unknown): boolean {
  return typeof value === "object" && value !== null && "4dabf18193072939515e22adb298388d" in value;
}

const flow = "/management/v1/flows/3";

async function addAction(name: string): Promise<string> {
  const body = { name, script: `function ${name}() {}`, timeout: "1s", allowedToFail: true };
  return (await administrator.call<{ id: string }>("POST", "/management/v1/actions", body)).id;
}

async function bind(actionIds: string[]): Promise<void> {
  await administrator.call("POST", `${flow}/trigger/1`, { actionIds });
}

async function bound(): Promise<string[]> {
  type Answer = { flow: { triggerActions?: { actions: { id: string }[] }[] } };
  const answer = await administrator.call<Answer>("GET", flow);
  return answer.flow.triggerActions?.flatMap(({ actions }) => actions.map(({ id }) => id)) ?? [];
}
