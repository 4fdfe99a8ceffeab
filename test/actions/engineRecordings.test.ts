import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ActionCall, ActionContext, ActionEngine } from "../../local/zitadel/actionEngine";
import { actionRecording, INSTANCE, recordedContexts, recordedLogLines } from "./actionRecordings";
import { recordOf, startEngine } from "./engine";

/** What was recorded of a real server's engine, run again in the stand-in's: the very same lines, times apart. */

let engine: ActionEngine;
let guarded: ActionEngine;
let hook: Server;
let port: number;
const calls: { head: string; body: string }[] = [];

beforeAll(async () => {
  engine = await startEngine();
  guarded = await startEngine("127.0.0.0/8");
  hook = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      const headers = request.rawHeaders.flatMap((name, at, all) =>
        at % 2 === 0 ? [`${name}: ${all[at + 1]}`] : [],
      );
      calls.push({ head: [`${request.method} ${request.url} HTTP/1.1`, ...headers].join("\r\n"), body });
      if (request.url!.startsWith("/slow")) return; // never answered
      response.writeHead(request.url!.startsWith("/status/500") ? 500 : 200).end("{}");
    });
  });
  await new Promise<void>((resolve) => hook.listen(0, "127.0.0.1", resolve));
  port = (hook.address() as AddressInfo).port;
});
afterAll(async () => {
  await Promise.all([engine.close(), guarded.close()]);
  hook.closeAllConnections();
  hook.close();
});

const log = 'const log = require("zitadel/log");';
const http = 'const http = require("zitadel/http");';
const hookpost = `${log} ${http}
function hookpost(ctx, api) {
  const { authError, authMethod, authRequest } = ctx.v1;
  const body = { v: 1, id: "00000000-0000-0000-0000-000000000000", authError, authMethod: authMethod,
    user: authRequest.userId, login: authRequest.loginName, ip: authRequest.browserInfo.remoteIp,
    ua: authRequest.browserInfo.userAgent, nan: NaN, nul: null, uni: "z\\u00fcrich \\u2028 <b>&" };
  const headers = { "Content-Type": "application/json", "X-Api-Key": "abc", "X-Multi": "a, b,c" };
  const answer = http.fetch("HOOK/hook?x=1", { method: "POST", headers: headers, body: body });
  log.log("HOOKRES " + JSON.stringify({ keys: Object.keys(answer), status: answer.status, body: answer.body }));
}`;
const longlog = `${log} function longlog() {
  log.log("LONG " + "x".repeat(3000)); log.log('multi\\nline "q" {"json":true}'); }`;
const throws = `let logger = require("zitadel/log");
function throws(ctx,api) { logger.log("before throw"); throw new Error("boom"); }`;
const logLines = `${log} function lines() {
  log.log("AUDITMARK " + JSON.stringify({ a: 1, s: "x y", n: "l1\\nl2" })); log.warn("w");
  log.log("LONG " + "y".repeat(3000)); log.log("UTF " + "\\u00e9".repeat(1500)); }`;
const ctxdump = `${log} function ctxdump(ctx, api) {
  const { v1 } = ctx;
  log.log("CTXDUMP " + JSON.stringify({ v1: Object.keys(v1), authMethod: v1.authMethod, authError: v1.authError,
    authRequestKeys: Object.keys(v1.authRequest), httpRequestKeys: Object.keys(v1.httpRequest) }));
  log.log("CTXAR " + JSON.stringify(v1.authRequest)); log.log("CTXHR " + JSON.stringify(v1.httpRequest));
  log.log("CTXAPI " + JSON.stringify({ api: Object.keys(api), apiv1: Object.keys(api.v1) }));
  log.warn("CTX warn level"); log.error("CTX error level"); }`;

const run = (on: ActionEngine, script: string, rest: Partial<ActionCall> = {}) => {
  const name = /function (\w+)/.exec(script)![1]!;
  const call = { name, timeout: 3000, instanceId: INSTANCE, format: "json" as const, context: {} };
  return on.run({ ...call, script: script.replace("HOOK", `http://127.0.0.1:${port}`), ...rest });
};

/** Lines without what no two runs have in common: times, durations and the hook's port. */
const withoutTimes = (lines: string[]) =>
  lines.map((line) =>
    line
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "<time>")
      .replace(/(\\"took\\":)[1-9]\d*/, "$1<duration>")
      // Which of two clocks of the same length cancels a call is chance.
      .replace(
        /(net\/http: request canceled|context deadline exceeded)( \(Client\.Timeout[^)]*\))?/,
        "<timed out>",
      )
      .replace(/127\.0\.0\.1:\d{4,}/g, "<hook>"),
  );
/** Maps of Go have no order, neither here nor there. */
const unordered = (lines: string[]) =>
  lines.map((line) => {
    const { message } = recordOf(line)!;
    const [, mark, json] = /^(CTX\w*) (\{.*)$/s.exec(message) ?? [];
    if (!json) return message;
    const value = JSON.parse(json);
    for (const key of ["v1", "api"]) value[key]?.sort();
    return [mark, value];
  });

describe("the engine of Actions, against what a server's did", () => {
  it.each<[string, string, Partial<ActionCall>?]>([
    ["longlog", longlog],
    ["timeout-zero", longlog, { timeout: 0 }],
    ["throws-allowed", throws],
    ["throws-notallowed", throws],
    ["looper-3s-allowed", "function looper(ctx, api) { while (true) {} }", { timeout: 200 }],
    ["syntaxerr-allowed", "function syntaxerr(ctx,api) { let a = ; }"],
    [
      "hookrefused",
      `${http} function f() { try { http.fetch("http://127.0.0.1:9/x", { method: "POST" }) } catch (e) {} }`,
    ],
    [
      "hook500",
      `${log} ${http} function f() { log.log("H500 " + http.fetch("HOOK/status/500", { method: "POST", body: { a: 1 } }).status) }`,
    ],
    [
      "slowhook-3s-allowed",
      `${http} function f() { try { http.fetch("HOOK/slow?ms=8000", { method: "POST", body: { a: 1 } }) } catch (e) {} }`,
      { timeout: 300 },
    ],
    [
      "hookstr",
      `${http} function f() { http.fetch("HOOK/string-body", { method: "POST", body: '{"a":1}' });
       http.fetch("HOOK/nobody".replace("HOOK", "http://127.0.0.1:" + PORT), { method: "POST" }); http.fetch("http://127.0.0.1:" + PORT + "/default-get");
       http.fetch("http://127.0.0.1:" + PORT + "/timeout", { timeout: 1 }) }`,
    ],
  ])("%s", async (name, script, rest) => {
    const recorded = actionRecording(name);
    calls.length = 0;
    const { lines, error } = await run(engine, script.replaceAll("PORT", String(port)), rest);
    expect(withoutTimes(lines)).toEqual(withoutTimes(recorded.stderrLines));
    expect(calls.map(({ head, body }) => [withoutTimes([head]), body])).toEqual(
      recorded.hooks.map(({ head, body }) => [withoutTimes([head]), body]),
    );
    const said = recordOf(lines.at(-1)!)!.message;
    expect(said).toBe(error === undefined ? "action run succeeded" : `action run failed: ${error}`);
  });

  it.each(["text", "json", "instrumentation-json", "instrumentation-gcp"])(
    "log lines as %s",
    async (name) => {
      const recorded = recordedLogLines(name);
      const format = recorded[0]!.startsWith("{") ? "json" : "text";
      const { lines } = await run(engine, logLines, { format });
      expect(withoutTimes(lines)).toEqual(withoutTimes(recorded));
    },
  );

  it.each(["ctxdump-ok", "ctxdump-wrong-then-ok"])("%s: a script sees the same context", async (name) => {
    const contexts = recordedContexts(name);
    expect(contexts.length).toBe(actionRecording(name).stderrLines.length / 8);
    const lines: string[] = [];
    for (const context of contexts) lines.push(...(await run(engine, ctxdump, { context })).lines);
    expect(unordered(lines)).toEqual(unordered(actionRecording(name).stderrLines));
  });

  it("hookpost: calls arrive as they did", async () => {
    const recorded = actionRecording("hookpost");
    const contexts = recordedContexts("ctxdump-wrong-then-ok");
    calls.length = 0;
    const lines: string[] = [];
    for (const context of contexts) lines.push(...(await run(engine, hookpost, { context })).lines);
    expect(unordered(lines)).toEqual(unordered(recorded.stderrLines));
    const plain = ({ head, body }: { head: string; body: string }) => [
      withoutTimes([head]),
      body.replace(/[0-9a-f]{8}-[-0-9a-f]{27}/, "<id>"),
    ];
    expect(calls.map(plain)).toEqual(recorded.hooks.map(plain));
  });

  it("hookpost-denied: networks on the deny list are refused", async () => {
    const recorded = actionRecording("hookpost-denied");
    const lines: string[] = [];
    for (const context of recordedContexts("ctxdump-wrong-then-ok")) {
      lines.push(...(await run(guarded, hookpost, { context })).lines);
    }
    expect(withoutTimes(lines)).toEqual(withoutTimes(recorded.stderrLines));
  });

  it("knows an address as text, and none as <nil>", async () => {
    const script = `${log} function ip(ctx) { const { remoteIp } = ctx.v1.authRequest.browserInfo;
      log.log(String(remoteIp) + " " + JSON.stringify(remoteIp)); }`;
    const asked = async (remoteIp: string) => {
      const context: ActionContext = { authRequest: { browserInfo: { remoteIp } } };
      return recordOf((await run(engine, script, { context })).lines[1]!)?.message;
    };
    expect(await asked("")).toBe("<nil> []");
    expect(await asked("2001:db8::7")).toBe("2001:db8::7 [32,1,13,184,0,0,0,0,0,0,0,0,0,0,0,7]");
  });
});
