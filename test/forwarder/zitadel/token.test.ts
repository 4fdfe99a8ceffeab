import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type MonotonicClock, ZitadelClock } from "../../../forwarder/zitadel/clock";
import { Connection } from "../../../forwarder/zitadel/connection";
import { Tokens, type TokensOptions } from "../../../forwarder/zitadel/token";
import type { ZitadelError } from "../../../forwarder/zitadel/zitadelError";
import { type RecordedServer, type Reply, recording, serveRecordings } from "./recordedServer";

const signal = new AbortController().signal;
const issuer = "http://zitadel.example:8080";
const ready = recording("dbg-debug-ready").response;
const refusal = recording("tok-08-unknown-kid").response;
const granted = (token: string): Reply => {
  const { response } = recording("tok-00-ok");
  return {
    ...response,
    body: response.body.replace('"access_token":"<token>"', `"access_token":"${token}"`),
  };
};

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = privateKey.export({ type: "pkcs1", format: "pem" }) as string;
const machineKey = (keyId: string) =>
  JSON.stringify({ type: "serviceaccount", keyId, key: pem, userId: "42" });

let folder: string;
let millis = 0;
const clock: MonotonicClock = { now: () => millis, sleep: async () => undefined };
const open: { close(): Promise<void> }[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tokens-"));
  millis = 0;
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
  rmSync(folder, { recursive: true });
});

async function tokensOf(credentials: TokensOptions["credentials"], ...replies: Reply[]) {
  const server: RecordedServer = await serveRecordings(...replies);
  const zitadelClock = new ZitadelClock(clock);
  const connection = new Connection({ issuer, address: server.url, clock, zitadelClock });
  open.push(connection, server);
  const tokens = new Tokens({
    credentials,
    secrets: folder,
    issuer,
    connection,
    clock,
    zitadelClock,
    timeoutMillis: 5000,
  });
  const kids = () =>
    server.requests
      .filter(({ path }) => path === "/oauth/v2/token")
      .map(({ body }) => decodeProtectedHeader(new URLSearchParams(body).get("assertion")!).kid);
  return { tokens, server, kids };
}

const put = (file: string, content: string) => writeFileSync(join(folder, file), content);
const errorOfAnswer = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: ZitadelError) => error,
  );

describe("access tokens", () => {
  test("are asked for with a JWT profile in ZITADEL's time, whatever our clock says", async () => {
    put("a.json", machineKey("a"));
    const { tokens, server } = await tokensOf({ machineKeyFiles: ["a.json"] }, ready, granted("t1"));
    expect(await tokens.get(signal)).toBe("t1");
    const request = server.requests[1]!;
    expect(request).toMatchObject({ method: "POST", path: "/oauth/v2/token" });
    const form = new URLSearchParams(request.body);
    expect(form.get("grant_type")).toBe("urn:ietf:params:oauth:grant-type:jwt-bearer");
    expect(form.get("scope")).toBe("openid urn:zitadel:iam:org:project:id:zitadel:aud");
    const claims = decodeJwt(form.get("assertion")!);
    const date = Date.parse("Sun, 22 Nov 2026 10:03:30 GMT") / 1000;
    expect(claims).toMatchObject({ iss: "42", sub: "42", aud: issuer });
    expect(claims.iat).toBeLessThanOrEqual(date);
    expect(claims.iat).toBeGreaterThan(date - 3600);
    expect(claims.exp! - claims.iat!).toBeLessThanOrEqual(3600);
    expect(claims.exp).toBeGreaterThan(date + 60);
  });

  test("are kept until shortly before they expire", async () => {
    put("a.json", machineKey("a"));
    const { tokens, kids } = await tokensOf(
      { machineKeyFiles: ["a.json"] },
      ready,
      granted("t1"),
      granted("t2"),
    );
    expect(await tokens.get(signal)).toBe("t1");
    millis = 43_199_000 * 0.8;
    expect(await tokens.get(signal)).toBe("t1");
    millis = 43_199_000 * 0.95;
    expect(await tokens.get(signal)).toBe("t2");
    expect(kids()).toEqual(["a", "a"]);
  });

  test("come from the key listed last, from another when it is refused, and from the last again later", async () => {
    put("old.json", machineKey("old"));
    put("new.json", machineKey("new"));
    const files = { machineKeyFiles: ["old.json", "new.json"] };
    const { tokens, kids } = await tokensOf(files, ready, refusal, granted("t-old"), granted("t-new"));
    expect(await tokens.get(signal)).toBe("t-old");
    expect(await tokens.get(signal)).toBe("t-old");
    expect(kids()).toEqual(["new", "old"]);
    millis += 400_000;
    expect(await tokens.get(signal)).toBe("t-new");
    expect(kids()).toEqual(["new", "old", "new"]);
  });

  test("are renewed from another key when ZITADEL refuses one", async () => {
    put("old.json", machineKey("old"));
    put("new.json", machineKey("new"));
    const files = { machineKeyFiles: ["old.json", "new.json"] };
    const { tokens, kids } = await tokensOf(files, ready, granted("t-new"), granted("t-old"));
    tokens.refuse(await tokens.get(signal));
    expect(await tokens.get(signal)).toBe("t-old");
    expect(kids()).toEqual(["new", "old"]);
  });

  test("come from a key file that was changed, at once", async () => {
    put("a.json", machineKey("first"));
    const { tokens, kids } = await tokensOf(
      { machineKeyFiles: ["a.json"] },
      ready,
      granted("t1"),
      granted("t2"),
    );
    await tokens.get(signal);
    put("a.json", machineKey("second"));
    expect(await tokens.get(signal)).toBe("t2");
    expect(kids()).toEqual(["first", "second"]);
  });

  test("come from the readable key when another file is broken or not there", async () => {
    put("good.json", machineKey("good"));
    put("broken.json", '{"type":"serviceaccount"');
    const files = { machineKeyFiles: ["good.json", "broken.json", "absent.json"] };
    const { tokens } = await tokensOf(files, ready, granted("t1"));
    expect(await tokens.get(signal)).toBe("t1");
  });

  test.each([
    "tok-04-expired",
    "tok-05-iat-future-60s",
    "tok-06-iat-2h-old-valid-exp",
    "tok-07-bad-signature",
    "tok-08-unknown-kid",
    "tok-09-wrong-aud",
    "tok-09b-aud-no-port",
    "tok-10-wrong-iss",
    "tok-11-garbage-assertion",
  ])("%s: the key is refused, and the remedy names key, issuer and clock", async (name) => {
    put("a.json", machineKey("a"));
    const { tokens } = await tokensOf({ machineKeyFiles: ["a.json"] }, ready, recording(name).response);
    const problem = await errorOfAnswer(tokens.get(signal));
    expect(problem).toMatchObject({ kind: "key refused", details: { retry: "soon", status: 500 } });
    expect(problem!.remedy).toMatch(/key.*issuer.*Date/);
    expect(problem!.message).not.toContain("PRIVATE");
  });

  test.each([
    ["tok-02-no-scope", "request refused"],
    ["tok-12-no-grant-type", "request refused"],
    ["tok-15-json-body", "request refused"],
    ["tok-16-wrong-host", "wrong host"],
  ])("%s: %s", async (name, kind) => {
    put("a.json", machineKey("a"));
    const { tokens } = await tokensOf({ machineKeyFiles: ["a.json"] }, ready, recording(name).response);
    expect(await errorOfAnswer(tokens.get(signal))).toMatchObject({ kind });
  });

  test("are a personal access token as it is, read again at each use", async () => {
    const { tokens, server } = await tokensOf({ personalAccessTokenFile: "pat" }, ready);
    expect(await errorOfAnswer(tokens.get(signal))).toMatchObject({ kind: "key unreadable" });
    put("pat", "first\n");
    expect(await tokens.get(signal)).toBe("first");
    put("pat", "second");
    expect(await tokens.get(signal)).toBe("second");
    put("pat", "two words");
    expect(await errorOfAnswer(tokens.get(signal))).toMatchObject({ kind: "key unreadable" });
    expect(server.requests).toEqual([]);
  });
});
