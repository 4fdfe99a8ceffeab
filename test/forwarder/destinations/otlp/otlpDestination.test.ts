import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { ProtobufLogsSerializer } from "@opentelemetry/otlp-transformer";
import { describe, expect, it, onTestFinished } from "vitest";
import type { OutgoingRecord } from "../../../../forwarder/destinations/destination";
import { logsUrl, OtlpDestination } from "../../../../forwarder/destinations/otlp/otlpDestination";
import { outcomeOfReceiver } from "../../../../forwarder/destinations/otlp/outcome";
import { encodeLogRecord, encodeRequest } from "../../../../forwarder/destinations/otlp/protobuf";
import type { HttpAnswer } from "../../../../forwarder/destinations/overHttp/client";
import { readFacts } from "../../../../forwarder/records/formats/facts";
import { createFormatter } from "../../../../forwarder/records/formats/formatter";
import { type KeyValue, type OtelLogRecord, otelLogRecord } from "../../../../forwarder/records/formats/otel";
import { SecretFiles } from "../../../../forwarder/secretFiles";
import { answering, endServer } from "../../../../local/answering";
import { temporaryFolder } from "../../journal/records";

const logRecord = (n: number): OtelLogRecord => ({
  timeUnixNano: `176380000000000000${n}`,
  observedTimeUnixNano: "1763800001000000000",
  severityNumber: 9,
  severityText: "INFO",
  eventName: "user.human.added",
  attributes: [{ key: "log.record.uid", value: { stringValue: `v1-${n}` } }],
  body: {
    kvlistValue: {
      values: [
        { key: "text", value: { stringValue: "ünï" } },
        { key: "yes", value: { boolValue: true } },
        { key: "large", value: { intValue: "123456789012345678" } },
        { key: "less", value: { intValue: "-7" } },
        { key: "half", value: { doubleValue: 0.5 } },
        { key: "list", value: { arrayValue: { values: [{ stringValue: "a" }, { intValue: "1" }] } } },
        { key: "nothing", value: {} },
      ],
    },
  },
});
const record = (n: number): OutgoingRecord => ({
  id: `v1-${n}`,
  createdMicros: n,
  body: JSON.stringify(logRecord(n)),
});
const records = [record(1), record(2)];
const batch = { id: "msg_1", records };
/** Failed checks of a password, as the journal keeps them. */
const checks = (count: number): OutgoingRecord[] =>
  Array.from({ length: count }, (_, n) => {
    const event = {
      aggregate: { id: "1", type: { type: "user" } },
      sequence: "1",
      creationDate: "2026-11-22T10:03:11.749184Z",
      payload: { remoteIP: "203.0.113.7", userAgent: "Mozilla/5.0" },
      type: { type: "user.human.password.check.failed" },
    };
    const id = `v1-${n + 1}`;
    return { id, createdMicros: n, body: JSON.stringify({ id, source: "events", event }) };
  });
const stored = (count: number) => ({ id: "msg_2", records: checks(count) });
const never = new AbortController().signal;

async function receiver() {
  const received: { url: string; headers: IncomingHttpHeaders; body: Buffer }[] = [];
  const server = createServer(
    answering(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const body = Buffer.concat(parts);
      const plain = request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
      received.push({ url: request.url!, headers: request.headers, body: plain });
      response.writeHead(200, { "content-type": request.headers["content-type"] }).end();
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    return endServer(server);
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

type OtlpSettings = ConstructorParameters<typeof OtlpDestination>[0];

function destination(
  settings: Partial<OtlpSettings> & { url: string },
  secrets: Record<string, string> = {},
  { maxBytes = 1 << 20, addressTrusted = false } = {},
) {
  const folder = temporaryFolder();
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(secrets)) writeFileSync(join(folder, name), text);
  const made = new OtlpDestination(
    { encoding: "protobuf", headers: {}, secretHeaders: {}, gzip: true, timeoutSeconds: 5, ...settings },
    { inFlight: 2, maxBytes },
    addressTrusted,
    () => "17",
    new SecretFiles(folder),
    Date.now,
  );
  onTestFinished(() => made.close());
  return made;
}

it("sends the records as they are in JSON, of the resource that ZITADEL is", async () => {
  const { url, received } = await receiver();
  const outcome = await destination({ url, encoding: "json" }).deliver(batch, never);
  expect(outcome).toEqual({ kind: "acknowledged" });
  expect(received[0]?.url).toBe("/v1/logs");
  expect(received[0]?.headers).toMatchObject({
    "content-type": "application/json",
    "content-encoding": "gzip",
  });
  const resource = [
    { key: "service.name", value: { stringValue: "zitadel" } },
    { key: "zitadel.instance.id", value: { stringValue: "17" } },
  ];
  const logRecords = [logRecord(1), logRecord(2)];
  expect(JSON.parse(received[0]!.body.toString())).toEqual({
    resourceLogs: [
      { resource: { attributes: resource }, scopeLogs: [{ scope: { name: "zitadel-siem" }, logRecords }] },
    ],
  });
});

it("sends records as protobuf, with credentials from files", async () => {
  const { url, received } = await receiver();
  const settings = {
    url,
    bearer: "token",
    headers: { "X-Tenant": "audit" },
    secretHeaders: { "X-Api-Key": "key" },
  };
  await destination(settings, { token: "t0", key: "k0" }).deliver(stored(1), never);
  expect(received[0]?.headers).toMatchObject({
    "content-type": "application/x-protobuf",
    authorization: "Bearer t0",
    "x-tenant": "audit",
    "x-api-key": "k0",
  });
  const [logRecord] = logRecordsIn(received[0]!.body);
  expect(JSON.stringify(logRecord)).toContain('[1,"log.record.uid"],[2,[[1,"v1-1"]]]');
});

it("makes of a record the LogRecord that the format otel tells of it", async () => {
  const { url, received } = await receiver();
  for (const addressTrusted of [false, true]) {
    const [{ body }] = checks(1) as [OutgoingRecord];
    const otel = createFormatter({ format: "otel", addressTrusted })(body)!;
    await destination({ url }, {}, { addressTrusted }).deliver(stored(1), never);
    const encoded = encodeRequest([], "", [encodeLogRecord(JSON.parse(otel) as OtelLogRecord)]);
    expect(logRecordsIn(received.at(-1)!.body)).toEqual(logRecordsIn(encoded));
  }
  expect(received[0]!.body.includes("zitadel.claimed_address")).toBe(true);
  expect(received[1]!.body.includes("client.address")).toBe(true);
});

it("sends no more bytes of records in one request than are set, but for a record that alone has more", async () => {
  const { url, received } = await receiver();
  const size = encodeLogRecord(otelLogRecord(readFacts(checks(1)[0]!.body, false))).length;
  const send = (maxBytes: number) => destination({ url }, {}, { maxBytes }).deliver(stored(5), never);
  const counts = () => received.splice(0).map(({ body }) => logRecordsIn(body).length);
  expect(await send(2 * size)).toEqual({ kind: "acknowledged" });
  expect(counts()).toEqual([2, 2, 1]);
  await send(5 * size);
  expect(counts()).toEqual([5]);
  await send(size - 1);
  expect(counts()).toEqual([1, 1, 1, 1, 1]);
});

it("encodes as OpenTelemetry's own serializer does", () => {
  const attributes = { "service.name": "zitadel", "zitadel.instance.id": "17" };
  const theirResource = { attributes };
  const instrumentationScope = { name: "zitadel-siem" };
  const of = (n: number) => ({
    hrTime: [1763800000, n],
    hrTimeObserved: [1763800001, 0],
    severityNumber: 9,
    severityText: "INFO",
    eventName: "user.human.added",
    attributes: { "log.record.uid": `v1-${n}` },
    body: {
      text: "ünï",
      yes: true,
      large: 12345678901234,
      less: -7,
      half: 0.5,
      list: ["a", 1],
      nothing: null,
    },
    resource: theirResource,
    instrumentationScope,
    droppedAttributesCount: 0,
  });
  const theirs = ProtobufLogsSerializer.serializeRequest([of(1), of(2)] as never)!;
  const resource: KeyValue[] = Object.entries(attributes).map(([key, stringValue]) => ({
    key,
    value: { stringValue },
  }));
  const ours = [1, 2].map((n) => {
    const text = JSON.stringify(logRecord(n)).replace("123456789012345678", "12345678901234");
    return JSON.parse(text) as OtelLogRecord;
  });
  const encoded = encodeRequest(resource, "zitadel-siem", ours.map(encodeLogRecord));
  expect(messageIn(encoded)).toEqual(messageIn(theirs));
});

type Nesting = { [field: number]: Nesting };
const value: Nesting = {};
const keyValue: Nesting = { 2: value };
Object.assign(value, { 5: { 1: value }, 6: { 1: keyValue } });
/** Which fields of ExportLogsServiceRequest are messages. */
const request: Nesting = { 1: { 1: { 1: keyValue }, 2: { 1: {}, 2: { 5: value, 6: keyValue } } } };

/** The LogRecords of an ExportLogsServiceRequest: resource_logs, scope_logs, log_records. */
function logRecordsIn(bytes: Uint8Array): unknown[] {
  type Fields = [field: number, content: unknown][];
  const inner = (fields: Fields, number: number) =>
    fields.filter(([field]) => field === number).map(([, content]) => content as Fields);
  const resources = inner(messageIn(bytes) as Fields, 1);
  return resources.flatMap((fields) => inner(fields, 2)).flatMap((fields) => inner(fields, 2));
}

/** The fields of a message in their order, but for zeros that a number's absence means too. */
function messageIn(bytes: Uint8Array, nesting = request): unknown[] {
  const reader = new BinaryReader(bytes);
  const fields: unknown[] = [];
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    const inner = nesting[field];
    if (type === WireType.LengthDelimited) {
      const content = reader.bytes();
      fields.push([field, inner ? messageIn(content, inner) : Buffer.from(content).toString()]);
    } else {
      const content = Buffer.from(reader.skip(type)).toString("hex");
      const counts = nesting === request[1]?.[2]?.[2] ? [7, 8] : nesting === request[1]?.[1] ? [2] : [];
      if (!counts.includes(field) || /[^0]/.test(content)) fields.push([field, content]);
    }
  }
  return fields;
}

it("takes the receiver's address or its whole URL", () => {
  expect(String(logsUrl("https://c.example.com:4318"))).toBe("https://c.example.com:4318/v1/logs");
  expect(String(logsUrl("https://c.example.com/otlp/"))).toBe("https://c.example.com/otlp/v1/logs");
  expect(String(logsUrl("https://c.example.com/otlp/v1/logs"))).toBe("https://c.example.com/otlp/v1/logs");
});

const answer = (status: number, contentType?: string, body: string | Buffer = ""): HttpAnswer => ({
  status,
  contentType,
  body: Buffer.from(body),
  text: "",
  cookies: [],
});

describe("a partial success", () => {
  const reason = "1 of 2 refused, which ones is unknown: too old";
  const aside = {
    kind: "divided",
    refused: new Map([
      ["v1-1", reason],
      ["v1-2", reason],
    ]),
    retry: { ids: new Set(), reason },
  };

  it("sets the whole batch aside, because it names no record", () => {
    const json = '{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"too old"}}';
    expect(outcomeOfReceiver(answer(200, "application/json", json), records, 0)).toEqual(aside);
    // partial_success { rejected_log_records: 1, error_message: "too old" }
    const protobuf = Buffer.concat([Buffer.from([10, 11, 8, 1, 18, 7]), Buffer.from("too old")]);
    expect(outcomeOfReceiver(answer(200, "application/x-protobuf", protobuf), records, 0)).toEqual(aside);
  });

  it("of nothing refused is a success", () => {
    for (const body of ["", "{}", '{"partialSuccess":{}}', '{"partialSuccess":{"errorMessage":"soon"}}'])
      expect(outcomeOfReceiver(answer(200, "application/json", body), records, 0).kind).toBe("acknowledged");
  });
});

describe("an answer", () => {
  it.each([
    [400, "refused"],
    [401, "fault"],
    [403, "fault"],
    [404, "fault"],
    [413, "refused"],
    [429, "retry"],
    [500, "refused"],
    [501, "refused"],
    [502, "retry"],
    [503, "retry"],
    [504, "retry"],
  ])("%i with a status in its body means %s", (status, kind) => {
    const outcome = outcomeOfReceiver(answer(status, "application/json", '{"message":"why"}'), records, 0);
    expect(outcome).toMatchObject({ kind, reason: `answered ${status}: why` });
  });

  it("500 from something that is no receiver of OTLP is tried again", () => {
    expect(outcomeOfReceiver(answer(500, "text/html", "<html>"), records, 0).kind).toBe("retry");
  });

  it("asks for a pause", () => {
    const asked = outcomeOfReceiver({ ...answer(429), retryAfter: "7" }, records, 0);
    expect(asked).toMatchObject({ kind: "retry", afterMillis: 7000 });
  });
});
