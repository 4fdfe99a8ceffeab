/**
 * The Kubernetes API as the forwarder's pods see it: GET and PATCH of a ConfigMap, and the pods whose logs are
 * served. Each request is held against the Roles that are bound to the service account of its token.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { KubernetesObject, ObjectReference } from "../plugins/cluster";
import { type Access, isAllowed } from "./accessControl";
import { bearerToken, readBody, sendFailure, sendJson } from "./answers";
import type { LoggedPods } from "./loggedPods";
import type { Supervisor } from "./supervisor";

const PATH = /^\/api\/v1\/namespaces\/([^/]+)\/(configmaps|pods)(?:\/([^/]+)(\/log)?)?$/;

export async function answerPod(
  supervisor: Supervisor,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const account = supervisor.accountOf(bearerToken(request) ?? "");
  const { pathname, searchParams } = new URL(request.url ?? "", "http://kubernetes");
  const access = accessOf(request.method ?? "", pathname, searchParams);
  if (account === undefined) sendFailure(response, 401, "Unauthorized", "Unauthorized");
  else if (access === undefined)
    sendFailure(response, 404, "NotFound", "the local run serves ConfigMaps, and the logs of pods");
  else if (!isAllowed(supervisor.objects.all(), account, access)) {
    const user = `system:serviceaccount:${account.namespace}:${account.name}`;
    const what = `${access.verb} resource "${access.resource}" in the namespace "${access.namespace}"`;
    sendFailure(response, 403, "Forbidden", `User "${user}" cannot ${what}`);
  } else if (access.resource === "configmaps") await answerConfigMap(supervisor, access, request, response);
  else answerPods(supervisor.loggedPods(access.namespace), access, searchParams, response);
}

function answerPods(
  pods: LoggedPods,
  { resource, verb, name = "" }: Access,
  query: URLSearchParams,
  response: ServerResponse,
): void {
  if (resource === "pods/log") pods.log(name, query, response);
  else if (verb === "watch") pods.watch(query, response);
  else pods.list(query, response);
}

/** What a request wants; undefined for what is not served here. */
function accessOf(method: string, path: string, query: URLSearchParams): Access | undefined {
  const [, namespace, kind, name, log] = PATH.exec(path) ?? [];
  if (namespace === undefined || kind === undefined) return undefined;
  const reads = method === "GET";
  if (kind === "pods" && reads && log) return { namespace, resource: "pods/log", verb: "get", name };
  if (kind === "pods" && reads && name === undefined)
    return { namespace, resource: "pods", verb: query.get("watch") === "true" ? "watch" : "list" };
  if (kind === "configmaps" && name !== undefined && !log && (reads || method === "PATCH"))
    return { namespace, resource: "configmaps", verb: method.toLowerCase(), name };
  return undefined;
}

async function answerConfigMap(
  { objects }: Supervisor,
  { namespace, name = "", verb }: Access,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const reference: ObjectReference = { apiVersion: "v1", kind: "ConfigMap", namespace, name };
  const existing = objects.get(reference);
  if (existing === undefined) {
    sendFailure(response, 404, "NotFound", `configmaps "${name}" not found`);
  } else if (verb === "get") {
    sendJson(response, 200, existing);
  } else if (request.headers["content-type"]?.split(";")[0] !== "application/merge-patch+json") {
    sendFailure(response, 415, "UnsupportedMediaType", "the local run takes merge patches only");
  } else {
    const patch = JSON.parse(await readBody(request)) as KubernetesObject;
    const { resourceVersion } = patch.metadata ?? {};
    if (resourceVersion !== undefined && resourceVersion !== existing.metadata.resourceVersion) {
      sendFailure(response, 409, "Conflict", "the object has been modified");
    } else sendJson(response, 200, objects.mergePatch(reference, { ...patch }));
  }
}
