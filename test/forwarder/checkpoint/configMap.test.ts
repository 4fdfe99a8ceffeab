import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConfigMapError, ConfigMapStore } from "../../../forwarder/checkpoint/configMap";
import { answering, endServer } from "../../../local/answering";

const PATH = "/api/v1/namespaces/audit/configmaps/checkpoint";
const signal = new AbortController().signal;

/** The API of one ConfigMap, as much as a role of get and patch sees of it. */
function kubernetes() {
  const requests: { method?: string; headers: IncomingMessage["headers"]; body: string }[] = [];
  const state: { data?: Record<string, string>; status?: number; body?: string } = {};
  const server = createServer(
    answering(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      requests.push({ method: request.method, headers: request.headers, body });
      if (state.status !== undefined) return response.writeHead(state.status).end("{}");
      if (request.url !== PATH) return response.writeHead(404).end("{}");
      if (request.method === "PATCH") state.data = { ...state.data, ...JSON.parse(body).data };
      response.writeHead(200).end(state.body ?? JSON.stringify({ kind: "ConfigMap", data: state.data }));
    }),
  );
  return { server, requests, state };
}

describe("a checkpoint in a ConfigMap", () => {
  let folder: string;
  let api: ReturnType<typeof kubernetes>;
  let store: ConfigMapStore;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "service-account-"));
    api = kubernetes();
    await new Promise<void>((resolve) => api.server.listen(0, "127.0.0.1", resolve));
    store = new ConfigMapStore(
      `http://127.0.0.1:${(api.server.address() as AddressInfo).port}${PATH}`,
      folder,
    );
  });
  afterEach(async () => {
    await store.close();
    await endServer(api.server);
    rmSync(folder, { recursive: true });
  });

  test("is absent at first, and then what was written last", async () => {
    expect(await store.read(signal)).toBeUndefined();
    await store.write("one", signal);
    await store.write("two", signal);
    expect(await store.read(signal)).toBe("two");
    expect(api.requests.map(({ method }) => method)).toEqual(["GET", "PATCH", "PATCH", "GET"]);
    expect(api.requests[1]!.headers["content-type"]).toBe("application/merge-patch+json");
  });

  test("leaves other keys of the ConfigMap as they are", async () => {
    api.state.data = { other: "kept" };
    await store.write("one", signal);
    expect(JSON.parse(api.requests[0]!.body)).toEqual({ data: { checkpoint: "one" } });
    expect(api.state.data).toEqual({ other: "kept", checkpoint: "one" });
  });

  test("sends the service account's token as the file holds it now", async () => {
    writeFileSync(join(folder, "token"), "first\n");
    await store.read(signal);
    writeFileSync(join(folder, "token"), "second");
    await store.read(signal);
    expect(api.requests.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer first",
      "Bearer second",
    ]);
  });

  test.each([
    [404, /does not exist/],
    [403, /role lacks get and patch/],
    [401, /token is refused/],
    [500, /500/],
  ])("answers %i: says what to do", async (status, words) => {
    writeFileSync(join(folder, "token"), "a-secret-token");
    api.state.status = status;
    const error = await store.read(signal).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigMapError);
    expect((error as Error).message).toMatch(words);
    expect((error as Error).message).not.toContain("a-secret-token");
  });

  test("garbage and a server that is not there are errors, not an absent checkpoint", async () => {
    api.state.body = "<html>";
    await expect(store.read(signal)).rejects.toBeInstanceOf(ConfigMapError);
    await endServer(api.server);
    await expect(store.read(signal)).rejects.toBeInstanceOf(ConfigMapError);
  });
});
