import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { answering, endServer } from "../../local/answering";
import { readRecords } from "../../local/receiver";
import { startWorkload, type Workload } from "../../local/workload/server";
import { Warden } from "../../local/workload/warden";
import { Directory, type User } from "../../local/zitadel/directory";
import { startZitadel, type Zitadel, type ZitadelOptions } from "../../local/zitadel/server";
import { openSearchAnswer } from "./openSearchAnswers";

/** What a program under test meets besides the engine: a ZITADEL, processes for pods, a receiver. */
export interface Stage {
  folder: string;
  zitadel: Zitadel;
  workload: Workload;
  receiver: TestReceiver;
  close(): Promise<void>;
}

export async function openStage(options: ZitadelOptions = {}): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "zitadel-siem-stage-"));
  const warden = new Warden(folder);
  const workload = await startWorkload(join(folder, "workload"), warden);
  const zitadel = await startZitadel(options);
  const receiver = await startTestReceiver();
  return {
    folder,
    zitadel,
    workload,
    receiver,
    async close() {
      await workload.close();
      await warden.close();
      await receiver.close();
      await zitadel.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Takes whatever is posted to it. */
export interface TestReceiver {
  url: string;
  records: Record<string, unknown>[];
  /** Values that requests gave in this header, each once. */
  seen(header: string): string[];
  close(): Promise<void>;
}

export async function startTestReceiver(host = "127.0.0.1"): Promise<TestReceiver> {
  const records: Record<string, unknown>[] = [];
  const headers: IncomingMessage["headers"][] = [];
  const server = createServer(
    answering(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const bytes = Buffer.concat(parts);
      const text = (request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString();
      const isText = request.headers["content-type"] !== "application/x-protobuf";
      records.push(...(isText ? (readRecords(text) as Record<string, unknown>[]) : [{ text }]));
      headers.push(request.headers);
      const { status, answer } = openSearchAnswer(request.method!, request.url!, text) ?? { status: 204 };
      response.writeHead(status, { "content-type": "application/json" }).end(answer);
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}/records`,
    records,
    seen: (header) => [...new Set(headers.flatMap((one) => one[header] ?? []))],
    close() {
      return endServer(server);
    },
  };
}

/** Everything in a ZITADEL that a program may have to do with, as its events make it. */
export function listZitadel({ store }: Zitadel) {
  const directory = new Directory();
  for (const event of store.history(Directory.eventTypes)) directory.apply(event);
  const user = ({ id, userName, active }: User) => `${id} ${userName} ${active ? "active" : "inactive"}`;
  return {
    people: [...directory.users.values()].filter(({ machine }) => !machine).map(user),
    machines: [...directory.users.values()].filter(({ machine }) => machine).map(user),
    keys: [...directory.keys.values()].map(({ id, userId }) => `${id} of ${userId}`),
    tokens: [...directory.personalAccessTokens.values()].map(({ id, userId }) => `${id} of ${userId}`),
    members: [...directory.instanceMembers.values()].map(({ userId, roles }) => `${userId}: ${roles}`),
    actions: [...directory.actions.keys()],
  };
}

/** Every object, pod and volume of the cluster that the processes of a stage stand in for. */
export function listCluster({ workload, folder }: Stage) {
  const { objects, pods } = workload.supervisor;
  return {
    objects: objects
      .all()
      .map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`),
    pods: pods.map(({ identity }) => identity.name),
    volumes: readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.parentPath.endsWith("/claims"))
      .map(({ name }) => name),
  };
}

/** Waits for a condition; fails with what was waited for after `seconds`. */
export async function waitFor(what: string, isMet: () => boolean, seconds = 60): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!isMet()) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
