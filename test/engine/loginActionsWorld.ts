import * as pulumi from "@pulumi/pulumi";
import * as zitadel from "@pulumiverse/zitadel";
import { afterAll, beforeAll, expect } from "vitest";
import { LoginActions, type LoginActionsArgs } from "../../components/index";
import type { LocalStack, Operation } from "../../local/engineStack";
import { ZitadelApi } from "../../local/plugins/zitadelApi";
import { startZitadel, type Zitadel } from "../../local/zitadel/server";
import { uniqueName, useEngine } from "./stack";

/** A flow and trigger, by ZITADEL's numbers. */
export type Place = "1/1" | "1/2" | "1/3" | "3/1" | "3/2" | "3/3";
export const EXTERNAL: Place = "1/1";
export const INTERNAL: Place = "3/1";

/** A ZITADEL, somebody who changes it beside the stacks, and stacks of LoginActions. */
export interface World {
  zitadel: Zitadel;
  administrator: ZitadelApi;
  /** The first organization of the instance. */
  organization: string;
  /** A stack whose program declares one LoginActions; what it declares can change between operations. */
  stack(declared: () => Partial<LoginActionsArgs> | undefined): Promise<LocalStack>;
  /** The folder in which the engine keeps everything. */
  folder(): string;
}

/** Opens a world for the tests of one file. */
export function useWorld(): World {
  const world = {} as World;
  const engine = useEngine(() => ({ plugins: ["zitadel", "random"] }));
  beforeAll(async () => {
    const server = await startZitadel();
    const { hostname: domain, port } = new URL(server.url);
    const jwtProfileJson = JSON.stringify(server.adminKey);
    Object.assign(world, {
      zitadel: server,
      administrator: new ZitadelApi({ domain, port, insecure: true, jwtProfileJson }),
      organization: server.organizationId,
      folder: () => engine().folder,
      stack: (declared: () => Partial<LoginActionsArgs> | undefined) =>
        engine().inlineStack({
          project: uniqueName("logins"),
          program: async () => {
            const args = declared();
            if (!args) return;
            const provider = new zitadel.Provider("zitadel", {
              domain,
              port,
              insecure: true,
              jwtProfileJson: pulumi.secret(jwtProfileJson),
            });
            const logins = new LoginActions(
              "logins",
              {
                organizations: [{ id: server.organizationId }],
                secrets: ["2026-11"],
                webhook: { url: "https://audit.example.com/logins" },
                log: true,
                ...args,
              },
              { providers: { zitadel: provider } },
            );
            return { actionIds: logins.actionIds, bindings: logins.bindings, secrets: logins.secrets };
          },
        }),
    });
  });
  afterAll(() => world.zitadel?.close());
  return world;
}

/** A further organization of the instance; gives its id. */
export async function addOrganization({ zitadel: { store, administrator } }: World): Promise<string> {
  const id = "400716712430799999";
  const organization = { aggregateType: "org", aggregateId: id, resourceOwner: id };
  const payload = { name: "other" };
  await store.push([{ ...organization, eventType: "org.added", payload, editorUser: administrator.userId }]);
  return id;
}

let actions = 0;

/** An action of somebody else's. */
export async function addForeign(
  { administrator, organization }: World,
  owner = organization,
): Promise<string> {
  actions += 1;
  const name = `foreign${actions}`;
  const body = { name, script: `function ${name}() {}`, timeout: "1s", allowedToFail: true };
  const added = await administrator.call<{ id: string }>("POST", "/management/v1/actions", body, owner);
  return added.id;
}

export const removeAction = ({ administrator, organization }: World, id: string, owner = organization) =>
  administrator.call("DELETE", `/management/v1/actions/${id}`, undefined, owner);

/** Sets a list as an administrator does in the console. */
export async function setBound(world: World, place: Place, actionIds: string[], owner = world.organization) {
  const [flow, trigger] = place.split("/");
  const path = `/management/v1/flows/${flow}/trigger/${trigger}`;
  await world.administrator.call("POST", path, { actionIds }, owner);
}

/** What is bound, in ZITADEL's own order. */
export async function bound({ administrator, organization }: World, place: Place, owner = organization) {
  type Answer = { flow: { triggerActions?: { triggerType: { id: string }; actions: { id: string }[] }[] } };
  const [flow, trigger] = place.split("/");
  const answer = await administrator.call<Answer>("GET", `/management/v1/flows/${flow}`, undefined, owner);
  const found = answer.flow.triggerActions?.find(({ triggerType }) => triggerType.id === trigger);
  return found?.actions.map(({ id }) => id) ?? [];
}

/** What an operation did to resources, without components and what stayed the same: `create Action`. */
export const changesOf = ({ steps }: Operation) =>
  steps
    .filter(({ op, type }) => op !== "same" && !type.startsWith("zitadel-siem:"))
    .map(({ op, type }) => `${op} ${type.split(":").at(-1)}`);

/** Nothing at all was done but looking: by the engine's own count, components included. */
export const expectNothing = ({ changes, diagnostics }: Operation) =>
  expect({ kinds: Object.keys(changes), diagnostics }).toEqual({ kinds: ["same"], diagnostics: [] });

/** The ids of a stack's actions by their place. */
export function ownOf({ outputs }: Operation): Record<string, string> {
  const bindings = outputs.bindings!.value as { flowType: string; triggerType: string; actionId: string }[];
  const flows: Record<string, number> = {
    FLOW_TYPE_EXTERNAL_AUTHENTICATION: 1,
    FLOW_TYPE_INTERNAL_AUTHENTICATION: 3,
  };
  const triggers = ["POST_AUTHENTICATION", "PRE_CREATION", "POST_CREATION"];
  return Object.fromEntries(
    bindings.map(({ flowType, triggerType, actionId }) => [
      `${flows[flowType]}/${triggers.indexOf(triggerType.replace("TRIGGER_TYPE_", "")) + 1}`,
      actionId,
    ]),
  );
}
