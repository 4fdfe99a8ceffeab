import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { describe, expect, it, onTestFinished } from "vitest";
import { HttpDestination } from "../../../../forwarder/destinations/http/httpDestination";
import { outcomeOfAnswer, outcomeOfError } from "../../../../forwarder/destinations/overHttp/outcome";
import { recordsBody } from "../../../../forwarder/destinations/recordsBody";
import { retryAfterMillis } from "../../../../forwarder/http/retryAfter";
import { SecretFiles } from "../../../../forwarder/secretFiles";
import { answering, endServer } from "../../../../local/answering";
import { temporaryFolder } from "../../journal/records";

interface Received {
  headers: IncomingHttpHeaders;
  text: string;
}

const record = (n: number) => ({ id: `v1-${n}`, createdMicros: n, body: JSON.stringify({ n, text: "ünï" }) });
const batch = { id: "msg_1", records: [record(1), record(2)] };
const never = new AbortController().signal;

async function receiver(status = 204, headers: Record<string, string> = {}) {
  const received: Received[] = [];
  const server: Server = createServer(
    answering(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const body = Buffer.concat(parts);
      const plain = request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
      received.push({ headers: request.headers, text: plain.toString() });
      if (status > 0) response.writeHead(status, headers).end("answer");
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    return endServer(server);
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/records?x=1`, received };
}

function destination(
  settings: Record<string, unknown> & { url: string },
  secrets: Record<string, string> = {},
) {
  const folder = temporaryFolder();
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(secrets)) writeFileSync(join(folder, name), text);
  const made = new HttpDestination(
    { body: "ndjson", gzip: true, headers: {}, secretHeaders: {}, timeoutSeconds: 5, ...settings },
    2,
    new SecretFiles(folder),
    Date.now,
  );
  onTestFinished(() => made.close());
  return { made, folder };
}

it("sends records as they are, an object a line or one array", async () => {
  const { url, received } = await receiver();
  const lines = destination({ url });
  const array = destination({ url, body: "json", gzip: false });
  expect(await lines.made.deliver(batch, never)).toEqual({ kind: "acknowledged" });
  expect(await array.made.deliver(batch, never)).toEqual({ kind: "acknowledged" });
  expect(received[0]?.text).toBe('{"n":1,"text":"ünï"}\n{"n":2,"text":"ünï"}\n');
  expect(received[0]?.headers).toMatchObject({
    "content-type": "application/x-ndjson",
    "content-encoding": "gzip",
  });
  expect(JSON.parse(received[1]?.text ?? "")).toEqual([
    { n: 1, text: "ünï" },
    { n: 2, text: "ünï" },
  ]);
  expect(received[1]?.headers["content-type"]).toBe("application/json");
});

it("frames any records so that the body's parts are the records", () => {
  fc.assert(
    fc.property(fc.array(fc.json(), { minLength: 1 }), (texts) => {
      const records = texts.map((text) => ({
        id: "x",
        createdMicros: 0,
        body: JSON.stringify(JSON.parse(text)),
      }));
      const values = texts.map((text) => JSON.parse(text));
      expect(JSON.parse(recordsBody(records, "json").toString())).toEqual(values);
      const lines = recordsBody(records, "ndjson").toString().trimEnd().split("\n");
      expect(lines.map((line) => JSON.parse(line))).toEqual(values);
    }),
  );
});

it("signs by the Standard Webhooks convention, with an id that retries keep", async () => {
  const secret = `whsec_${Buffer.from("0123456789abcdef01234567").toString("base64")}`;
  const { url, received } = await receiver();
  const { made } = destination({ url, signing: { secret: "sign" } }, { sign: `${secret}\n` });
  await made.deliver(batch, never);
  await made.deliver(batch, never);
  for (const { headers, text } of received)
    expect(() =>
      new Webhook(secret).verify(text, headers as Record<string, string>, { jsonParse: false }),
    ).not.toThrow();
  expect(received.map(({ headers }) => headers["webhook-id"])).toEqual(["msg_1", "msg_1"]);
});

it("takes a credential that changed without a restart, and says which file is missing", async () => {
  const { url, received } = await receiver();
  const { made, folder } = destination({ url, bearer: "token" }, { token: "first\n" });
  await made.deliver(batch, never);
  writeFileSync(join(folder, "token"), "other");
  utimesSync(join(folder, "token"), 1, 1);
  await made.deliver(batch, never);
  expect(received.map(({ headers }) => headers.authorization)).toEqual(["Bearer first", "Bearer other"]);
  rmSync(join(folder, "token"));
  expect(await made.deliver(batch, never)).toMatchObject({
    kind: "fault",
    reason: "the secrets file token cannot be read (ENOENT)",
  });
});

it("sends basic credentials and plain headers, which cannot replace its own", async () => {
  const { url, received } = await receiver();
  const settings = {
    url,
    basic: { userName: "u", password: "p" },
    headers: { "X-Source": "zitadel", Authorization: "none" },
  };
  await destination(settings, { p: "secret" }).made.deliver(batch, never);
  expect(received[0]?.headers.authorization).toBe(`Basic ${Buffer.from("u:secret").toString("base64")}`);
  expect(received[0]?.headers["x-source"]).toBe("zitadel");
});

it("sends secret headers from files that are read again, and says which holds what no header can", async () => {
  const { url, received } = await receiver();
  const settings = { url, secretHeaders: { "X-Api-Key": "key", Authorization: "scheme" } };
  const { made, folder } = destination(settings, { key: "first\n", scheme: "ApiKey 17" });
  await made.deliver(batch, never);
  writeFileSync(join(folder, "key"), "other one");
  await made.deliver(batch, never);
  expect(received.map(({ headers }) => [headers["x-api-key"], headers.authorization])).toEqual([
    ["first", "ApiKey 17"],
    ["other one", "ApiKey 17"],
  ]);
  for (const hidden of ["hidden\nX-Other: 1", "hidden \u{1f511}", "hidden\0"]) {
    writeFileSync(join(folder, "key"), hidden);
    const outcome = await made.deliver(batch, never);
    expect(outcome).toMatchObject({ kind: "fault", reason: expect.stringContaining("secrets file key") });
    expect(JSON.stringify(outcome)).not.toContain("hidden");
  }
  expect(received).toHaveLength(2);
});

it("takes only the statuses that are set as the acknowledgement", async () => {
  for (const [status, kind] of [
    [202, "acknowledged"],
    [200, "acknowledged"],
    [204, "fault"],
    [503, "retry"],
    [422, "refused"],
  ] as const) {
    const { url } = await receiver(status);
    const { made } = destination({ url, successCodes: [200, 202] });
    expect((await made.deliver(batch, never)).kind, String(status)).toBe(kind);
  }
  const { url } = await receiver(204);
  expect(await destination({ url, successCodes: [200] }).made.deliver(batch, never)).toMatchObject({
    reason: "answered 204, which is not among successCodes",
    remedy: expect.stringMatching(/add it there/),
  });
});

it("gives up on an answer that does not come, and ends at once when it is abandoned", async () => {
  const { url } = await receiver(0);
  const { made } = destination({ url, timeoutSeconds: 1 });
  expect(await made.deliver(batch, never)).toEqual({ kind: "retry", reason: "no answer within 1 s" });
  const abandon = new AbortController();
  const delivery = made.deliver(batch, abandon.signal);
  abandon.abort(new Error("abandoned"));
  await expect(delivery).rejects.toThrow("abandoned");
});

it("takes only a whole answer as the acknowledgement", async () => {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { "content-length": "100" });
    response.write("half an ans");
    setImmediate(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const { made } = destination({ url: `http://127.0.0.1:${port}/` });
  const outcome = await made.deliver(batch, never);
  expect(outcome.kind).toBe("retry");
});

it("says nothing of the address when nobody answers there", async () => {
  const { made } = destination({ url: "http://127.0.0.1:1/?token=hidden" });
  expect(await made.deliver(batch, never)).toEqual({ kind: "retry", reason: "no answer (ECONNREFUSED)" });
});

describe("an answer", () => {
  it.each([
    [200, "acknowledged"],
    [204, "acknowledged"],
    [301, "fault"],
    [400, "refused"],
    [401, "fault"],
    [403, "fault"],
    [404, "fault"],
    [408, "retry"],
    [413, "refused"],
    [422, "refused"],
    [429, "retry"],
    [500, "retry"],
    [503, "retry"],
  ])("%i means %s", (status, kind) => {
    expect(outcomeOfAnswer(status, undefined, 0).kind).toBe(kind);
  });

  it("asks for a pause in seconds or as a date, followed for an hour at most", () => {
    const now = Date.UTC(2026, 0, 1);
    expect(outcomeOfAnswer(503, "7", now)).toMatchObject({ afterMillis: 7000 });
    expect(retryAfterMillis("Thu, 01 Jan 2026 00:00:30 GMT", now)).toBe(30_000);
    expect(retryAfterMillis("Wed, 31 Dec 2025 00:00:00 GMT", now)).toBe(0);
    expect(retryAfterMillis("999999", now)).toBe(3_600_000);
    expect(retryAfterMillis("soon", now)).toBeUndefined();
    expect(retryAfterMillis("tomorrow 2090", now)).toBeUndefined();
  });

  it("with an untrusted certificate is a fault with a remedy", () => {
    const error = Object.assign(new Error("x"), { code: "SELF_SIGNED_CERT_IN_CHAIN" });
    expect(outcomeOfError(new Error("failed", { cause: error }))).toMatchObject({ kind: "fault" });
  });
});
