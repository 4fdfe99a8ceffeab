import * as grpc from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { pathText } from "./differences";
import { InitializationError } from "./failures";
import { fromMessage, toMessage } from "./propertyValues";
import type { KubernetesProvider } from "./provider";
import { schema } from "./schema";

/** The version whose behaviour the plugin follows. */
const VERSION = "4.34.2";

/** The provider's configuration as the engine sends it: `kubernetes:config:<name>`. */
export type Variables = ReadonlyMap<string, string>;

/** The provider protocol (pulumirpc.ResourceProvider) over the provider that `configure` makes. */
export function protocol(
  configure: (variables: Variables) => KubernetesProvider,
  attach: (engine: string) => void,
): Partial<IResourceProviderServer> {
  let configured: KubernetesProvider | undefined;
  const provider = () => {
    if (!configured) throw new Error("the provider is not configured");
    return configured;
  };
  return {
    getPluginInfo: answer(() => new PluginInfo().setVersion(VERSION)),
    getSchema: answer(() => new messages.GetSchemaResponse().setSchema(JSON.stringify(schema(VERSION)))),
    attach: answer(({ request }) => {
      attach(request.getAddress());
      return new Empty();
    }),
    checkConfig: answer(({ request }) => new messages.CheckResponse().setInputs(request.getNews())),
    diffConfig: answer(({ request }) => {
      const [olds, news] = [fromMessage(request.getOldInputs()), fromMessage(request.getNews())];
      const names = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
      const changed = names.filter((name) => JSON.stringify(olds[name]) !== JSON.stringify(news[name]));
      const { DIFF_SOME, DIFF_NONE } = messages.DiffResponse.DiffChanges;
      return new messages.DiffResponse()
        .setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE)
        .setDiffsList(changed);
    }),
    configure: answer(({ request }) => {
      const prefix = "kubernetes:config:";
      const variables = request
        .getVariablesMap()
        .toArray()
        .map(([name, value]): [string, string] => [name.replace(prefix, ""), value]);
      configured = configure(new Map(variables));
      return new messages.ConfigureResponse()
        .setAcceptsecrets(true)
        .setSupportspreview(true)
        .setSupportsAutonamingConfiguration(true);
    }),
    check: answer(async ({ request }) => {
      const { ENFORCE, PROPOSE, DISABLE } = messages.CheckRequest.AutonamingOptions.Mode;
      const autonaming = request.getAutonaming();
      const mode = autonaming?.getMode();
      const news = fromMessage(request.getNews());
      const isProposed = autonaming !== undefined && (mode === ENFORCE || mode === PROPOSE);
      const inputs = await provider().check({
        urn: request.getUrn(),
        olds: fromMessage(request.getOlds()),
        news,
        randomSeed: request.getRandomseed_asU8(),
        proposedName: isProposed ? autonaming.getProposedName() : undefined,
      });
      if (autonaming && mode === DISABLE && isNewlyNamed(news, inputs)) {
        throw new Error("autonaming is disabled, resource requires the .metadata.name field to be set");
      }
      return new messages.CheckResponse().setInputs(toMessage(inputs));
    }),
    diff: answer(async ({ request }) => {
      const { differences, deleteBeforeReplace } = await provider().diff({
        urn: request.getUrn(),
        state: fromMessage(request.getOlds()),
        news: fromMessage(request.getNews()),
        ignoreChanges: request.getIgnorechangesList(),
      });
      const { DIFF_SOME, DIFF_NONE } = messages.DiffResponse.DiffChanges;
      const response = new messages.DiffResponse()
        .setChanges(differences.length > 0 ? DIFF_SOME : DIFF_NONE)
        .setReplacesList(differences.filter(({ replaces }) => replaces).map(({ path }) => pathText(path)))
        .setDeletebeforereplace(deleteBeforeReplace)
        .setHasdetaileddiff(true);
      for (const { path, kind, replaces } of differences) {
        const name = replaces ? (`${kind}_REPLACE` as const) : kind;
        const detail = new messages.PropertyDiff()
          .setKind(messages.PropertyDiff.Kind[name])
          .setInputdiff(kind === "DELETE");
        response.getDetaileddiffMap().set(pathText(path), detail);
      }
      return response;
    }),
    create: answer(async ({ request }) => {
      const { id, properties } = await provider().create({
        urn: request.getUrn(),
        properties: fromMessage(request.getProperties()),
        timeout: request.getTimeout(),
        preview: request.getPreview(),
      });
      return new messages.CreateResponse().setId(id).setProperties(toMessage(properties));
    }),
    update: answer(async ({ request }) => {
      const state = await provider().update({
        urn: request.getUrn(),
        state: fromMessage(request.getOlds()),
        news: fromMessage(request.getNews()),
        timeout: request.getTimeout(),
        preview: request.getPreview(),
        ignoreChanges: request.getIgnorechangesList(),
      });
      return new messages.UpdateResponse().setProperties(toMessage(state));
    }),
    read: answer(async ({ request }) => {
      const found = await provider().read({
        urn: request.getUrn(),
        id: request.getId(),
        state: fromMessage(request.getProperties()),
        inputs: fromMessage(request.getInputs()),
      });
      if (found === undefined) return new messages.ReadResponse();
      return new messages.ReadResponse()
        .setId(found.id)
        .setProperties(toMessage(found.state))
        .setInputs(toMessage(found.inputs));
    }),
    delete: answer(async ({ request }) => {
      await provider().delete({
        urn: request.getUrn(),
        id: request.getId(),
        state: fromMessage(request.getProperties()),
        timeout: request.getTimeout(),
      });
      return new Empty();
    }),
    cancel: answer(() => {
      configured?.cancel();
      return new Empty();
    }),
  };
}

function isNewlyNamed(news: ReturnType<typeof fromMessage>, inputs: ReturnType<typeof fromMessage>): boolean {
  const name = (of: typeof news) => (of.metadata as { name?: string } | undefined)?.name;
  return name(news) === undefined && name(inputs) !== undefined;
}

/** A handler that answers with what `respond` gives, or with its error's message alone. */
function answer<Request, Response>(
  respond: (call: grpc.ServerUnaryCall<Request, Response>) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve()
      .then(() => respond(call))
      .then(
        (response) => callback(null, response),
        (error: Error) =>
          callback({ code: grpc.status.UNKNOWN, details: error.message, metadata: detailsOf(error) }),
      );
  };
}

/** The state that a half-done step leaves, in the form in which gRPC's details carry it. */
function detailsOf(error: Error): grpc.Metadata | undefined {
  if (!(error instanceof InitializationError)) return undefined;
  const detail = new messages.ErrorResourceInitFailed()
    .setId(error.id)
    .setProperties(toMessage(error.state))
    .setReasonsList([error.message]);
  if (error.inputs) detail.setInputs(toMessage(error.inputs));
  const any = new Any();
  any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status().setCode(grpc.status.UNKNOWN).setMessage(error.message).setDetailsList([any]);
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return metadata;
}
