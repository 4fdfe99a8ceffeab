import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { action, getTriggerActions, getTriggerActionsArguments, triggerActions } from "./zitadelActions";
import { type ProviderConfiguration, ZitadelApi } from "./zitadelApi";
import type { Kind } from "./zitadelKind";
import { answer, type Call, failureMessage, halfDone, outputs, plain, struct } from "./zitadelMessages";
import { check, diff, failed, inputsOf, type Properties, planned, stateOf } from "./zitadelProperties";
import { instanceMember, machineKey, machineUser, personalAccessToken } from "./zitadelUsers";

const kinds: Record<string, Kind> = {
  "zitadel:index/action:Action": action,
  "zitadel:index/instanceMember:InstanceMember": instanceMember,
  "zitadel:index/machineKey:MachineKey": machineKey,
  "zitadel:index/machineUser:MachineUser": machineUser,
  "zitadel:index/personalAccessToken:PersonalAccessToken": personalAccessToken,
  "zitadel:index/triggerActions:TriggerActions": triggerActions,
};

let configured: ZitadelApi | undefined;

/**
 * The provider protocol (pulumirpc.ResourceProvider). As the real plugin does, it asks for plain values
 * (`acceptSecrets` stays unset): the engine marks outputs whose inputs were secret, and the plugin those that are
 * secret by themselves.
 */
export const provider: Partial<IResourceProviderServer> = {
  getPluginInfo: answer(() => new PluginInfo().setVersion("0.2.0")),

  checkConfig: answer(({ request }: Call<messages.CheckRequest>) => {
    const given = plain(request.getNews());
    const isAccepted = given.domain !== undefined || isEmpty(given);
    const missing =
      "Missing required configuration key 'zitadel:domain': Domain used to connect to the ZITADEL instance";
    const failures = isAccepted ? [] : [{ property: "domain", reason: missing }];
    return new messages.CheckResponse()
      .setInputs(request.getNews())
      .setFailuresList(failures.map(failureMessage));
  }),

  configure: answer(({ request }: Call<messages.ConfigureRequest>) => {
    const given = plain(request.getArgs());
    const configuration = { ...given, insecure: String(given.insecure) === "true" } as ProviderConfiguration;
    configured = isEmpty(given) ? undefined : new ZitadelApi(configuration);
    return new messages.ConfigureResponse().setSupportspreview(true);
  }),

  check: answer(({ request }: Call<messages.CheckRequest>) => {
    const { properties } = kindOf(request.getUrn());
    const before = request.hasOlds() ? plain(request.getOlds()) : undefined;
    const made = { name: request.getUrn().split("::").at(-1)!, randomSeed: request.getRandomseed_asU8() };
    const { inputs, failures } = check(properties, plain(request.getNews()), before, made);
    return new messages.CheckResponse()
      .setInputs(struct(inputs))
      .setFailuresList(failures.map(failureMessage));
  }),

  diff: answer(({ request }: Call<messages.DiffRequest>) => {
    const { properties } = kindOf(request.getUrn());
    const found = diff(properties, plain(request.getOlds()), plain(request.getNews()));
    const { DIFF_SOME, DIFF_NONE } = messages.DiffResponse.DiffChanges;
    const response = new messages.DiffResponse()
      .setChanges(found.changes.size > 0 ? DIFF_SOME : DIFF_NONE)
      .setReplacesList(found.replaces)
      .setStablesList(found.stables)
      .setDeletebeforereplace(found.deleteBeforeReplace)
      .setDiffsList([...found.changes.keys()])
      .setHasdetaileddiff(true);
    for (const [property, change] of found.changes) {
      const kind = found.replaces.includes(property) ? (`${change}_REPLACE` as const) : change;
      const detail = new messages.PropertyDiff().setKind(messages.PropertyDiff.Kind[kind]);
      response.getDetaileddiffMap().set(property, detail);
    }
    return response;
  }),

  create: answer(async ({ request }: Call<messages.CreateRequest>) => {
    const kind = kindOf(request.getUrn());
    const inputs = plain(request.getProperties());
    if (request.getPreview()) {
      return new messages.CreateResponse().setProperties(outputs(kind, planned(kind.properties, inputs)));
    }
    const { id, state } = await kind.create(api(), inputs);
    const whole = { ...stateOf(kind.properties, inputs), ...state };
    return new messages.CreateResponse().setId(id).setProperties(outputs(kind, whole));
  }),

  read: answer(async ({ request }: Call<messages.ReadRequest>) => {
    const kind = kindOf(request.getUrn());
    const known = plain(request.getProperties());
    const isRefresh = Object.keys(known).length > 0;
    const asked = isRefresh ? { id: request.getId(), state: known } : imported(kind, request.getId());
    const found = await kind.read(api(), asked.id, asked.state);
    if (!found) {
      return new messages.ReadResponse();
    }
    const state = { ...asked.state, ...found.state };
    const inputs = inputsOf(kind.properties, state, isRefresh ? plain(request.getInputs()) : {});
    return new messages.ReadResponse()
      .setId(found.id)
      .setProperties(outputs(kind, state))
      .setInputs(struct(inputs));
  }),

  update: answer(async ({ request }: Call<messages.UpdateRequest>) => {
    const kind = kindOf(request.getUrn());
    const before = plain(request.getOlds());
    const inputs = plain(request.getNews());
    const { changes } = diff(kind.properties, before, inputs);
    if (changes.size === 0) {
      return new messages.UpdateResponse().setProperties(request.getOlds());
    }
    const state = outputs(kind, planned(kind.properties, inputs, before));
    if (!request.getPreview()) {
      await kind.update!(api(), request.getId(), inputs, (property) => changes.has(property)).catch(
        (error: Error) => {
          throw halfDone(request.getId(), state, error);
        },
      );
    }
    return new messages.UpdateResponse().setProperties(state);
  }),

  delete: answer(async ({ request }: Call<messages.DeleteRequest>) => {
    await kindOf(request.getUrn()).delete(api(), request.getId(), plain(request.getProperties()));
    return new Empty();
  }),

  invoke: answer(async ({ request }: Call<messages.InvokeRequest>) => {
    if (request.getTok() !== "zitadel:index/getTriggerActions:getTriggerActions") {
      throw new Error(`the local zitadel plugin has no function ${request.getTok()}`);
    }
    // The engine leaves out what is not known; an answer for less than was asked would be wrong.
    const args = plain(request.getArgs());
    const failures = failed(getTriggerActionsArguments, args);
    if (failures.length > 0) {
      return new messages.InvokeResponse().setFailuresList(failures.map(failureMessage));
    }
    return new messages.InvokeResponse().setReturn(struct(await getTriggerActions(api(), args)));
  }),

  cancel: answer(() => new Empty()),
};

/**
 * Nothing is configured: the real plugin refuses that at once, this one at the first call, since a local run makes
 * such a provider to see whether the engine takes this plugin.
 */
function isEmpty(configuration: Properties): boolean {
  return Object.keys(configuration).length === 0;
}

function api(): ZitadelApi {
  if (!configured) {
    throw new Error("the provider is not configured: 'domain' and 'jwt_profile_json' are required");
  }
  return configured;
}

/** The kind in a URN `urn:pulumi:stack::project::parent$type::name`. */
function kindOf(urn: string): Kind {
  const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
  const kind = kinds[type];
  if (!kind) {
    throw new Error(`the local zitadel plugin has no resource ${type}`);
  }
  return kind;
}

/** What an id to import says. */
function imported(kind: Kind, text: string): { id: string; state: Properties } {
  const parts = text.split(":").map((part) => part.replaceAll("__SEMICOLON__", ":"));
  const required = kind.importId.filter((part) => !part.endsWith("?")).length;
  if (parts.length < required || parts.length > kind.importId.length) {
    const [first, ...others] = kind.importId.map((part) =>
      part.endsWith("?") ? `[:${part.slice(0, -1)}]` : `:${part}`,
    );
    throw new Error(`failed to import id "${text}" by format <${first!.slice(1)}${others.join("")}>`);
  }
  const { id = "imported", ...state } = Object.fromEntries(
    parts.map((part, index) => [kind.importId[index]!.replace("?", ""), part]),
  );
  return { id, state };
}
