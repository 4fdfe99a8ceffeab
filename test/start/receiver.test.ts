import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Receiver, startReceiver } from "../../local/receiver";

let folder: string;
let file: string;
let receiver: Receiver;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "zitadel-siem-receiver-"));
  file = join(folder, "received.ndjson");
  receiver = await startReceiver({ file, token: "right" });
});

afterEach(async () => {
  await receiver.close();
  rmSync(folder, { recursive: true });
});

const post = async (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) => {
  const authorization = "Bearer right";
  const response = await fetch(receiver.url, {
    method: "POST",
    body,
    headers: { authorization, ...headers },
  });
  return response.status;
};
const received = () => readFileSync(file, "utf8");

it("appends the records of JSON arrays and NDJSON, with and without gzip, one a line", async () => {
  expect(await post('[{"id":1},\n{"id":"a\\nb"}]')).toBe(200);
  expect(await post('{"id":3}\n{"id":4}\n')).toBe(200);
  expect(await post(new Uint8Array(gzipSync('{"id":5}\n')), { "content-encoding": "gzip" })).toBe(200);
  expect(received()).toBe('{"id":1}\n{"id":"a\\nb"}\n{"id":3}\n{"id":4}\n{"id":5}\n');
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it("takes nothing without the token, and no half of what it cannot read", async () => {
  expect(await post('{"id":1}', { authorization: "Bearer wrong" })).toBe(401);
  expect(await post('{"id":1}', { authorization: "" })).toBe(401);
  expect(await post('{"id":1}\n{"id":')).toBe(400);
  expect(await post("no gzip", { "content-encoding": "gzip" })).toBe(400);
  expect(received()).toBe("");
});
