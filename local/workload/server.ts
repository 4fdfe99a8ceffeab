/**
 * The two faces of a run's supervisor on one loopback address: what the kubernetes plugin asks for
 * (`/cluster/…`, with the run's token), and the Kubernetes API as the forwarder's pods see it (with their service
 * account's token).
 */
import { randomUUID, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ClusterError } from "../plugins/cluster";
import { type ClusterAnswer, type ClusterRequest, WORKLOAD_ADDRESS, WORKLOAD_TOKEN } from "../workload";
import { bearerToken, readBody, sendFailure } from "./answers";
import { answerPod } from "./kubernetesApi";
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
    const answered =
      face === "cluster"
        ? answerPlugin(supervisor, token, request, response)
        : answerPod(supervisor, request, response);
    answered.catch((error: Error) => {
      if (!response.headersSent) sendFailure(response, 500, "InternalError", error.message);
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
  if (!isEqual(bearerToken(request) ?? "", token)) {
    sendFailure(response, 401, "Unauthorized", "Unauthorized");
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

function isEqual(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
