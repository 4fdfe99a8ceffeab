import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { BulkDestination } from "../../../../forwarder/destinations/bulk/bulkDestination";
import { outcomeOfBulk } from "../../../../forwarder/destinations/bulk/outcome";
import { documentReason } from "../../../../forwarder/destinations/bulk/reason";
import { documentLines } from "../../../../forwarder/destinations/bulk/request";
import type { OutgoingRecord } from "../../../../forwarder/destinations/destination";
import { SecretFiles } from "../../../../forwarder/secretFiles";
import { answering, endServer } from "../../../../local/answering";
import { temporaryFolder } from "../../journal/records";

const record = (n: number): OutgoingRecord => ({
  id: `v1-${n}`,
  createdMicros: 1_763_800_000_000_007 + n,
  body: JSON.stringify({ n, text: "ünï" }),
});
const batchOf = (...numbers: number[]) => ({ id: `msg_${numbers}`, records: numbers.map(record) });
const never = new AbortController().signal;
type Settings = ConstructorParameters<typeof BulkDestination>[1];

interface Request {
  method: string;
  path: string;
  authorization?: string;
  text: string;
}
type Reply = { status: number; body: unknown; retryAfter?: string };

/** A server whose answers the test gives; it remembers what it was asked. */
async function server(reply: (request: Request) => Reply) {
  const requests: Request[] = [];
  const listener = createServer(
    answering(async (incoming: IncomingMessage, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      const request = {
        method: incoming.method!,
        path: incoming.url!.replace(/\?.*/, ""),
        authorization: incoming.headers.authorization,
        text: (incoming.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString(),
      };
      requests.push(request);
      const { status, body: answer, retryAfter } = reply(request);
      response.writeHead(status, retryAfter === undefined ? {} : { "retry-after": retryAfter });
      response.end(JSON.stringify(answer));
    }),
  );
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => endServer(listener));
  return { url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}/es/`, requests };
}

function destination(url: string, settings: Partial<Settings> = {}, format: "ecs" | "zitadel" = "ecs") {
  const folder = temporaryFolder();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "key"), "encoded-key\n");
  const all = { url, target: { index: "zitadel" }, template: "none", gzip: true, timeoutSeconds: 5 } as const;
  const made = new BulkDestination(
    "opensearch",
    { ...all, apiKey: "key", ...settings },
    format,
    4,
    new SecretFiles(folder),
    Date.now,
  );
  onTestFinished(() => made.close());
  return made;
}

const created = (...statuses: number[]) => ({ items: statuses.map((status) => ({ create: { status } })) });

describe("a request", () => {
  it("creates each record under its id in the index of the month of its creation, with its time", () => {
    const lines = (createdMicros: number) =>
      documentLines({ id: "v1-1", createdMicros, body: '{"n":1}' }, { index: "zitadel" });
    const lastOfNovember = Date.UTC(2026, 11, 1) * 1000 - 1;
    expect(lines(lastOfNovember)).toBe(
      '{"create":{"_index":"zitadel-2026.11","_id":"v1-1"}}\n' +
        '{"@timestamp":"2026-11-30T23:59:59.999999Z","n":1}\n',
    );
    expect(lines(lastOfNovember + 1)).toContain('"zitadel-2026.12"');
  });

  it("leaves a time that is there, and goes to the data stream whatever the month", () => {
    const body = '{"@timestamp":"2026-11-22T10:00:00Z","n":1}';
    expect(documentLines({ id: "a", createdMicros: 0, body }, { dataStream: "logs-zitadel-a" })).toBe(
      `{"create":{"_index":"logs-zitadel-a","_id":"a"}}\n${body}\n`,
    );
  });

  it("goes compressed below the address, with the API key from its file", async () => {
    const { url, requests } = await server(() => ({ status: 200, body: created(201, 409) }));
    expect(await destination(url).deliver(batchOf(1, 2), never)).toEqual({ kind: "acknowledged" });
    expect(requests).toMatchObject([
      { method: "POST", path: "/es/_bulk", authorization: "ApiKey encoded-key" },
    ]);
    expect(requests[0]!.text.trimEnd().split("\n")).toHaveLength(4);
  });
});

const answer = (status: number, body: unknown, retryAfter?: string) => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { status, text, body: Buffer.from(text), cookies: [], retryAfter };
};
const item = (status: number, type: string, reason = "why") => ({
  create: { status, error: { type, reason } },
});

describe("an answer", () => {
  it("is read document by document, though it is a 200", () => {
    const items = [
      { create: { status: 201 } },
      item(409, "version_conflict_engine_exception"),
      item(429, "rejected_execution_exception"),
      item(400, "mapper_parsing_exception"),
      item(503, "unavailable_shards_exception"),
    ];
    expect(outcomeOfBulk(answer(200, { items }, "7"), batchOf(1, 2, 3, 4, 5).records, 0)).toEqual({
      kind: "divided",
      refused: new Map([["v1-4", "answered 400 mapper_parsing_exception: why"]]),
      retry: {
        ids: new Set(["v1-3", "v1-5"]),
        reason: "2 of 5 documents: answered 429 rejected_execution_exception: why",
        afterMillis: 7000,
      },
    });
  });

  it.each([
    [403, "security_exception"],
    [403, "cluster_block_exception"],
    [404, "index_not_found_exception"],
    [400, "index_closed_exception"],
    [400, "validation_exception"],
  ])("%i %s of one document is for a person, not about the document", (status, type) => {
    const items = [{ create: { status: 201 } }, item(status, type)];
    const outcome = outcomeOfBulk(answer(200, { items }), batchOf(1, 2).records, 0);
    expect(outcome).toMatchObject({ kind: "fault", reason: `answered ${status} ${type}: why` });
  });

  it.each([
    [401, "fault"],
    [403, "fault"],
    [404, "fault"],
    [400, "refused"],
    [413, "refused"],
    [429, "retry"],
    [500, "retry"],
    [503, "retry"],
  ])("%i to the whole request means %s", (status, kind) => {
    const said = { error: { type: "some_exception", reason: "about n" }, status };
    const outcome = outcomeOfBulk(answer(status, said, "7"), batchOf(1).records, 0);
    expect(outcome).toMatchObject({ kind, reason: `answered ${status} some_exception` });
    if (kind === "retry") expect(outcome).toMatchObject({ afterMillis: 7000 });
  });

  it("about fewer documents, or of something else, is no acknowledgement", () => {
    for (const body of [created(201), "<html>", {}])
      expect(outcomeOfBulk(answer(200, body), batchOf(1, 2).records, 0).kind).toBe("fault");
  });
});

describe("the server's reason", () => {
  // As OpenSearch 2.19.1 and Elasticsearch 7 and 8 say them.
  it.each([
    [
      "failed to parse field [source.ip] of type [ip] in document with id 'v1-3'. Preview of field's value: 'hunter2'",
      "failed to parse field [source.ip] of type [ip] in document with id '…'.",
    ],
    [
      "object mapping for [event] tried to parse field [event] as object, but found a concrete value",
      "object mapping for [event] tried to parse field [event] as object, but found a concrete value",
    ],
    [
      "failed to parse date field [hunter2] with format [x]",
      "failed to parse date field […] with format [x]",
    ],
    [
      "Document contains at least one immense term in field=\"a\" (whose UTF8 encoding is longer than 32766). The prefix of the first immense term is: '[104, 117]'",
      'Document contains at least one immense term in field="a" (whose UTF8 encoding is longer than 32766).',
    ],
    ['For input string: "hunter2"', 'For input string: "…"'],
  ])("%s", (reason, told) => {
    const said = {
      type: "mapper_parsing_exception",
      reason,
      caused_by: { type: "date_time_parse_exception" },
    };
    expect(documentReason(400, said, '{"a":{"b":["hunter2"]}}')).toBe(
      `answered 400 mapper_parsing_exception: ${told} (date_time_parse_exception)`,
    );
  });
});

describe("the index template", () => {
  const found = (template: object) => ({
    status: 200,
    body: { index_templates: [{ name: "zitadel", index_template: template }] },
  });
  const ours = { version: 1, _meta: { managed_by: "zitadel-siem", format: "ecs" } };
  const absent = { status: 404, body: { error: { type: "resource_not_found_exception" } } };
  const steps = (requests: Request[]) => requests.map(({ method, path }) => `${method} ${path}`);
  const GET = "GET /es/_index_template/zitadel";
  const PUT = "PUT /es/_index_template/zitadel";
  const POST = "POST /es/_bulk";

  it.each([
    ["is put where it is missing", absent, [GET, PUT, POST]],
    ["is left where it is", found(ours), [GET, POST]],
    ["is put where it is an older one of ours", found({ ...ours, version: 0 }), [GET, PUT, POST]],
    ["is left where it is somebody else's", found({ version: 0 }), [GET, POST]],
  ])("%s, once before all batches", async (_, asked, expected) => {
    const { url, requests } = await server(({ method }) =>
      method === "GET" ? asked : { status: 200, body: created(201) },
    );
    const made = destination(url, { template: "install" });
    const outcomes = await Promise.all([1, 2, 3].map((n) => made.deliver(batchOf(n), never)));
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array(3).fill("acknowledged"));
    expect(steps(requests)).toEqual([...expected, POST, POST]);
  });

  it.each([
    ["is missing", "check", absent, "is missing", "template to install"],
    ["may not be read", "install", { status: 403, body: {} }, "answered 403", "set template to none"],
  ] as const)("that %s is a fault, and looked for again", async (_, template, asked, reason, remedy) => {
    let reply: Reply = asked;
    const { url, requests } = await server(({ method }) =>
      method === "GET" ? reply : { status: 200, body: created(201) },
    );
    const made = destination(url, { template });
    const outcome = await made.deliver(batchOf(1), never);
    expect(outcome).toMatchObject({
      kind: "fault",
      reason: expect.stringContaining(reason),
      remedy: expect.stringContaining(remedy),
    });
    expect(steps(requests)).toEqual([GET]);
    reply = found(ours);
    expect(await made.deliver(batchOf(1), never)).toEqual({ kind: "acknowledged" });
  });

  it("that the server refuses is a fault with what caused it in the end", async () => {
    // As Elasticsearch 7.10.2 without x-pack says it.
    const why = { type: "mapper_parsing_exception", reason: "No handler for type [flattened]" };
    const between = { type: "illegal_argument_exception", reason: "invalid mappings", caused_by: why };
    const error = { type: "illegal_argument_exception", reason: "template is invalid", caused_by: between };
    const { url, requests } = await server(({ method }) =>
      method === "GET" ? absent : { status: 400, body: { error, status: 400 } },
    );
    expect(await destination(url, { template: "install" }).deliver(batchOf(1), never)).toEqual({
      kind: "fault",
      reason:
        "the index template: answered 400 illegal_argument_exception: template is invalid (No handler for type [flattened])",
      remedy: expect.stringContaining("use a server that knows what the template needs"),
    });
    expect(steps(requests)).toEqual([GET, PUT]);
  });

  it("that makes no data stream is a fault where one is wanted", async () => {
    const { url } = await server(() => found({}));
    const made = destination(url, { template: "check", target: { dataStream: "zitadel" } });
    expect(await made.deliver(batchOf(1), never)).toMatchObject({
      kind: "fault",
      reason: expect.stringContaining("makes no data stream"),
    });
  });
});
