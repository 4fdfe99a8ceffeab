import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { json } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LoginScript, loginScript } from "../../components/actions/loginScript";
import { EXTRA_FIELDS } from "../../contract/declaration/logins";
import { LOG_MARKER, type LoginCall, type LoginClaim } from "../../contract/loginClaim";
import { answering, endServer } from "../../local/answering";
import { startLogins } from "../../local/zitadel/loginTraffic";
import { startZitadel, type Zitadel } from "../../local/zitadel/server";
import { PLANTED, type SignIn } from "../../local/zitadel/signIn";
import { ensureActionEngine } from "../../tools/goja/ensureActionEngine";
import { recordedEvents } from "../standin/recording";
import { actionRecording } from "./actionRecordings";
import { messageOf } from "./engine";

const secret = "q7Zk2V0u8sFqPz3mJd5xTn9bRw6yHc1L";
const INTERNAL = 3;
const EXTERNAL = 1;
const POST_AUTHENTICATION = 1;

let zitadel: Zitadel;
let lines: string[];
let userId: string;

beforeEach(async () => {
  lines = [];
  const engine = await ensureActionEngine((line) => console.log(line));
  zitadel = await startZitadel({ logins: { engine, onLogLine: (line) => lines.push(line) } });
  const person = { userName: "erin3961", firstName: "Erin", lastName: "Evans", email: "erin@example.test" };
  userId = (await zitadel.users.addHuman(zitadel.administrator, person)).aggregateId;
});
afterEach(() => zitadel.close());

const messages = () => lines.map((line) => messageOf(line)!);
const checks = () => [...zitadel.store.history()].filter(({ eventType }) => eventType.includes(".check."));

async function bind(flow: number, ...actions: { name: string; script: string; allowedToFail?: boolean }[]) {
  const ids: string[] = [];
  for (const { name, script, allowedToFail = true } of actions) {
    const fields = { name, script, timeout: 2_000_000_000, allowedToFail };
    ids.push((await zitadel.actions.add(zitadel.administrator, fields)).aggregateId);
  }
  await zitadel.actions.bind(zitadel.administrator, flow, POST_AUTHENTICATION, ids);
}

const throws = `let logger = require("zitadel/log");
function throws(ctx,api) { logger.log("before throw"); throw new Error("boom"); }`;
const longlog = `const log = require("zitadel/log");
function longlog() { log.log("LONG " + "x".repeat(3000)); log.log('multi\\nline "q" {"json":true}'); }`;

describe("the stand-in's hosted login", () => {
  it.each<[string, SignIn["password"], boolean]>([
    ["two-first-fails-allowed", "right", true],
    ["two-first-fails-notallowed", "right", false],
    ["throws-notallowed-wrongpw", "wrong", false],
  ])("%s: runs what is bound, as recorded", async (name, password, allowedToFail) => {
    const recorded = actionRecording(name);
    const second = name.startsWith("two") ? [{ name: "longlog", script: longlog }] : [];
    await bind(INTERNAL, { name: "throws", script: throws, allowedToFail }, ...second);
    const result = await zitadel.signIn({ loginName: "erin3961", password });
    expect(messages()).toEqual(recorded.stderrLines.map(messageOf));
    expect(result.signedIn).toBe(recorded.final);
    const shown = recorded.pwposts.at(-1)?.error?.replaceAll("&lt;", "<").replaceAll("&gt;", ">");
    expect(result.shown).toBe(shown);
    expect(checks().map(({ eventType }) => eventType)).toEqual(
      password === "right" ? ["user.human.password.check.succeeded"] : ["user.human.password.check.failed"],
    );
  });

  it("writes the event of a check as recorded", async () => {
    const [recorded] = recordedEvents("login-v1-events-ok-login") as { payload: object; editor: object }[];
    await zitadel.signIn({ loginName: "erin3961" });
    const [event] = checks();
    expect(event).toMatchObject({ aggregateType: "user", aggregateId: userId, editorUser: "LOGIN" });
    expect(event!.payload).toEqual({
      ...recorded!.payload,
      id: expect.stringMatching(/^\d{18}$/),
      userAgentID: expect.stringMatching(/^\d{18}$/),
    });
  });

  it("lets the unknown, the locked and the deactivated cause nothing", async () => {
    await bind(INTERNAL, { name: "longlog", script: longlog });
    expect(await zitadel.signIn({ loginName: "nobody" })).toMatchObject({ signedIn: false, runs: 0 });
    for (const [how, back] of [
      ["locked", "unlocked"],
      ["deactivated", "reactivated"],
    ] as const) {
      await zitadel.users.end(zitadel.administrator, userId, how);
      expect(await zitadel.signIn({ loginName: "erin3961" })).toMatchObject({ signedIn: false, runs: 0 });
      await zitadel.users.end(zitadel.administrator, userId, back);
    }
    expect([lines, checks()]).toEqual([[], []]);
    expect(await zitadel.signIn({ loginName: "erin3961" })).toMatchObject({ signedIn: true, runs: 1 });
  });

  it("runs the Actions of the organization that was asked for before the user's own", async () => {
    await bind(INTERNAL, { name: "longlog", script: longlog });
    const elsewhere = { loginName: "erin3961", requestedOrganizationId: "1" };
    expect(await zitadel.signIn(elsewhere)).toMatchObject({ signedIn: true, runs: 0 });
  });

  it("has people sign in at a steady rate, in every way, each check with its run", async () => {
    await bind(INTERNAL, { name: "longlog", script: longlog });
    await bind(EXTERNAL, { name: "longlog2", script: longlog.replace("longlog", "longlog2") });
    const logins = startLogins(zitadel, { seed: 2, loginsPerSecond: 200, people: 3 });
    const { attempts } = logins;
    const deadline = performance.now() + 120_000;
    while (Math.min(...Object.values(attempts)) < 3 && performance.now() < deadline) await delay(20);
    await logins.stop();
    const { right, wrong, external, unknown } = attempts;
    expect(Math.min(right, wrong, external, unknown)).toBeGreaterThanOrEqual(3);
    const of = (check: string) => checks().filter(({ eventType }) => eventType.endsWith(check)).length;
    expect([of("password.check.succeeded"), of("password.check.failed")]).toEqual([right, wrong]);
    expect(of("externallogin.check.succeeded")).toBe(external);
    const runs = messages().filter((message) => message === "action run succeeded");
    expect(runs).toHaveLength(right + wrong + external);
  });

  it("can sign nobody in without an engine", async () => {
    const without = await startZitadel();
    await expect(without.signIn({ loginName: "erin3961" })).rejects.toThrow("without `logins`");
    await without.close();
  });
});

describe("the script in a login", () => {
  let hook: Server;
  let calls: LoginCall[];

  beforeEach(async () => {
    calls = [];
    hook = createServer(
      answering(async (request, response) => {
        calls.push((await json(request)) as LoginCall);
        response.writeHead(204).end();
      }),
    );
    await new Promise<void>((resolve) => hook.listen(0, "127.0.0.1", resolve));
  });
  afterEach(() => endServer(hook));

  const script = (flow: LoginScript["flow"], port: number) => ({
    name: `siem_${flow}`,
    script: loginScript({
      actionName: `siem_${flow}`,
      organizationId: zitadel.organizationId,
      secret,
      flow,
      trigger: "post authentication",
      webhook: { url: `http://127.0.0.1:${port}/v1/logins` },
      log: true,
      extraFields: EXTRA_FIELDS,
    }),
  });
  const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;

  /** The records in ZITADEL's log, each with its signature checked. */
  const logged = (): string[] =>
    messages()
      .filter((message) => message.startsWith(`${LOG_MARKER} `))
      .map((message) => {
        const [, , organization, signature, text] = /^(\S+) (\S+) (\S+) (.*)$/s.exec(message)!;
        expect(organization).toBe(zitadel.organizationId);
        expect(signature).toBe(createHmac("sha256", secret).update(text!).digest("hex"));
        return text!;
      });

  it("says right and wrong, internal and external, from both sources with the very same text", async () => {
    await bind(INTERNAL, script("internal", portOf(hook)));
    await bind(EXTERNAL, script("external", portOf(hook)));
    const browser = { userAgent: 'Fire "fox"\\ \u2028 100 %', forwardedFor: "203.0.113.7" };
    const provider = { id: "77", externalUserId: "sub-1" };
    await zitadel.signIn({ loginName: "erin3961", password: "wrong", ...browser });
    await zitadel.signIn({ loginName: "erin3961", ...browser });
    await zitadel.signIn({ loginName: "erin3961", identityProvider: provider, ...browser });
    await zitadel.signIn({
      loginName: "new",
      identityProvider: { ...provider, error: "ID=EXTERN-1 Message=x" },
    });

    expect(calls.map(({ record }) => record)).toEqual(logged());
    for (const { organization, signature, record } of calls) {
      expect(organization).toBe(zitadel.organizationId);
      expect(signature).toBe(createHmac("sha256", secret).update(record).digest("hex"));
      for (const one of Object.values(PLANTED)) expect(record).not.toContain(one);
    }
    const claims: LoginClaim[] = calls.map(({ record }) => JSON.parse(record));
    const user = { id: userId, loginName: "erin3961" };
    const known = { user, ip: "203.0.113.7", userAgent: browser.userAgent, instance: zitadel.instanceId };
    expect(claims).toMatchObject([
      { flow: "internal", outcome: "failure", error: "COMMAND-3M0fs", method: "password", ...known },
      { flow: "internal", outcome: "success", method: "password", ...known },
      { flow: "external", outcome: "success", identityProvider: "77", ...known },
      { flow: "external", outcome: "failure", error: "EXTERN-1", identityProvider: "77" },
    ]);
    expect(claims[3]).not.toHaveProperty("user");
    expect(claims[3]).not.toHaveProperty("ip");
    expect(new Set(claims.map(({ id }) => id)).size).toBe(4);
    // Each record of the internal flow belongs to the event of its check.
    const events = checks().map(({ payload }) => payload as { id: string; userAgentID: string });
    expect(claims.slice(0, 3).map(({ authRequest, agent }) => [authRequest, agent])).toEqual(
      events.map(({ id, userAgentID }) => [id, userAgentID]),
    );
  });

  it("has logged before a webhook that refuses or never answers, and delays a login by its timeout at most", async () => {
    // Takes a connection and never says a word; it ends when the caller gives up.
    const blackHole = createTcpServer((socket) => socket.resume());
    await new Promise<void>((resolve) => blackHole.listen(0, "127.0.0.1", resolve));
    const refusing = createTcpServer();
    await new Promise<void>((resolve) => refusing.listen(0, "127.0.0.1", resolve));
    const refused = script("internal", portOf(refusing));
    await new Promise((resolve) => refusing.close(resolve));

    await bind(INTERNAL, refused);
    expect(await zitadel.signIn({ loginName: "erin3961" })).toMatchObject({ signedIn: true, runs: 1 });
    expect(messages().at(-1)).toMatch(/^action run failed: Post .* connection refused$/);
    await zitadel.actions.bind(zitadel.administrator, INTERNAL, POST_AUTHENTICATION, []);

    const waiting = script("external", portOf(blackHole));
    await bind(EXTERNAL, waiting);
    const provider = { id: "77", externalUserId: "sub-1" };
    const late = await zitadel.signIn({ loginName: "erin3961", identityProvider: provider });
    expect(late).toMatchObject({ signedIn: true, runs: 1 });
    expect(messages().at(-1)).toMatch(/^action run failed: Post .*(deadline exceeded|request canceled)/);
    // The Action's timeout is 2 s; without it the call would never end.
    expect(late.waited).toBeGreaterThan(1_900);
    expect(logged()).toHaveLength(2);
    await new Promise((resolve) => blackHole.close(resolve));
  });
});
