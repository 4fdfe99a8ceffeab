/**
 * The two faces of a run's supervisor on one loopback address: what the kubernetes plugin asks for
 * (`/cluster/…`, with the run's token), and the two requests that a forwarder makes of the Kubernetes API
 * (GET and PATCH of a ConfigMap, with its service account's token).
 */
import { randomUUID, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ClusterError, type KubernetesObject, type ObjectReference } from "../plugins/cluster";
import { type ClusterAnswer, type ClusterRequest, WORKLOAD_ADDRESS, WORKLOAD_TOKEN } from "../workload";
import { Supervisor } from "./supervisor";
import type { Warden } from "./warden";

export interface Workload {
  /** What the kubernetes plugin needs in its environment to use this. */
  environment: Record<string, string>;
  supervisor: Supervisor;
  /** Stops every container and the server. */
  close(): Promise<void>;
}

/** Starts a supervisor for the containers of one run; their files are below `folder`. */
export async function startWorkload(folder: string, warden: Warden): Promise<Workload> {
  const supervisor = new Supervisor(folder, warden);
  const token = randomUUID();
  const server = createServer((request, response) => {
    const [, face] = (request.url ?? "").split("/");
    const answer = face === "cluster" ? answerPlugin : answerPod;
    answer(supervisor, token, request, response).catch((error: Error) => {
      if (!response.headersSent) sendJson(response, 500, status(500, "InternalError", error.message));
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  supervisor.apiServer = address;
  return {
    environment: { [WORKLOAD_ADDRESS]: address, [WORKLOAD_TOKEN]: token },
    supervisor,
    async close() {
      await supervisor.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers in lines of JSON: any number of `{progress}` and then `{result}` or `{error}`. */
async function answerPlugin(
  supervisor: Supervisor,
  token: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!hasToken(request, (given) => isEqual(given, token))) {
    sendJson(response, 401, status(401, "Unauthorized", "Unauthorized"));
    return;
  }
  const asked = JSON.parse(await readBody(request)) as ClusterRequest;
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const send = (answer: ClusterAnswer) => response.write(`${JSON.stringify(answer)}\n`);
  try {
    const result = await operate(supervisor, asked, (progress) => send({ progress }), gone.signal);
    send({ result });
  } catch (error) {
    const { reason, message, live } =
      error instanceof ClusterError ? error : new ClusterError("Other", (error as Error).message);
    send({ error: { reason, message, live } });
  }
  response.end();
}

async function operate(
  supervisor: Supervisor,
  asked: ClusterRequest,
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<unknown> {
  const { objects } = supervisor;
  switch (asked.operation) {
    case "isNamespaced":
      return objects.isNamespaced(asked.apiVersion, asked.kind);
    case "create":
      return objects.create(asked.object, asked.dryRun);
    case "apply":
      return objects.apply(asked.object, asked.fieldManager, asked.dryRun);
    case "patch":
      return objects.patch(asked.object, asked.fieldManager);
    case "get":
      return objects.get(asked.reference);
    case "delete":
      return supervisor.delete(asked.reference, progress);
    case "awaitReady":
      return supervisor.awaitReady(asked.reference, { timeout: asked.timeout, signal, progress });
  }
}

const CONFIG_MAP = /^\/api\/v1\/namespaces\/([^/]+)\/configmaps\/([^/?]+)(?:\?.*)?$/;

/** Speaks as the Kubernetes API does about ConfigMaps. */
async function answerPod(
  supervisor: Supervisor,
  _token: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!hasToken(request, (given) => supervisor.isAdmitted(given))) {
    sendJson(response, 401, status(401, "Unauthorized", "Unauthorized"));
    return;
  }
  const [, namespace, name = ""] = CONFIG_MAP.exec(request.url ?? "") ?? [];
  if (namespace === undefined || (request.method !== "GET" && request.method !== "PATCH")) {
    sendJson(
      response,
      403,
      status(403, "Forbidden", "the local run serves GET and PATCH of ConfigMaps only"),
    );
    return;
  }
  const reference: ObjectReference = { apiVersion: "v1", kind: "ConfigMap", namespace, name };
  const existing = supervisor.objects.get(reference);
  if (existing === undefined) {
    sendJson(response, 404, status(404, "NotFound", `configmaps "${name}" not found`));
  } else if (request.method === "GET") {
    sendJson(response, 200, existing);
  } else if (request.headers["content-type"]?.split(";")[0] !== "application/merge-patch+json") {
    sendJson(response, 415, status(415, "UnsupportedMediaType", "the local run takes merge patches only"));
  } else {
    const patch = JSON.parse(await readBody(request)) as KubernetesObject;
    const { resourceVersion } = patch.metadata ?? {};
    if (resourceVersion !== undefined && resourceVersion !== existing.metadata.resourceVersion) {
      sendJson(response, 409, status(409, "Conflict", "the object has been modified"));
    } else sendJson(response, 200, supervisor.objects.mergePatch(reference, { ...patch }));
  }
}

function hasToken(request: IncomingMessage, isRight: (token: string) => boolean): boolean {
  const [, token] = /^Bearer (.+)$/.exec(request.headers.authorization ?? "") ?? [];
  return token !== undefined && isRight(token);
}

function isEqual(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

function sendJson(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function status(code: number, reason: string, message: string) {
  return { kind: "Status", apiVersion: "v1", status: "Failure", message, reason, code };
}
