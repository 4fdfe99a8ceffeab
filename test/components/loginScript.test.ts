import { createHmac } from "node:crypto";
import { createContext, Script } from "node:vm";
import { describe, expect, it } from "vitest";
import { type LoginScript, loginScript } from "../../components/actions/loginScript";
import { EXTRA_FIELDS } from "../../contract/declaration/logins";
import type { LoginCall, LoginClaim } from "../../contract/loginClaim";

const settings: LoginScript = {
  actionName: "siemLogin",
  organizationId: "400716688087125030",
  secret: "a secret $& `x` \u2028 é",
  flow: "internal",
  trigger: "post authentication",
  webhook: { url: "https://siem.example.com/v1/logins" },
  log: true,
  extraFields: [],
};

/** Runs the script in Node's own engine, with modules that note what they are given. */
function run(
  script: LoginScript,
  ctx: unknown,
): { said: { log?: string; url?: string; call?: LoginCall }[] } {
  const said: { log?: string; url?: string; call?: LoginCall }[] = [];
  const modules: Record<string, unknown> = {
    "zitadel/log": { log: (line: string) => said.push({ log: line }) },
    "zitadel/http": { fetch: (url: string, { body }: { body: LoginCall }) => said.push({ url, call: body }) },
  };
  const context = createContext({ require: (name: string) => modules[name], ctx });
  new Script(`${loginScript(script)}\n${script.actionName}(ctx, {})`).runInContext(context);
  return { said };
}

describe("the script of an Action", () => {
  it("says the very same signed record to the log, then to the webhook", () => {
    const ctx = { v1: { authError: "none", authMethod: "password", authRequest: { userId: "7" } } };
    const { said } = run(settings, ctx);
    expect(said).toHaveLength(2);
    const [{ log }, { url, call }] = said as [{ log: string }, { url: string; call: LoginCall }];
    expect(url).toBe(settings.webhook?.url);
    expect(log).toBe(`zitadel-siem/1 ${call.organization} ${call.signature} ${call.record}`);
    expect(call.organization).toBe(settings.organizationId);
    expect(call.signature).toBe(createHmac("sha256", settings.secret).update(call.record).digest("hex"));
    const claim: LoginClaim = JSON.parse(call.record);
    expect(claim).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      flow: "internal",
      trigger: "post authentication",
      outcome: "success",
      method: "password",
      user: { id: "7" },
    });
  });

  it("takes one source alone", () => {
    expect(run({ ...settings, webhook: undefined }, {}).said).toEqual([{ log: expect.any(String) }]);
    expect(run({ ...settings, log: false }, {}).said).toEqual([
      { url: settings.webhook?.url, call: expect.any(Object) },
    ]);
  });

  it("is pure, commented, and far below ZITADEL's 40,000 bytes", () => {
    const text = loginScript({ ...settings, extraFields: EXTRA_FIELDS });
    expect(text).toBe(loginScript({ ...settings, extraFields: [...EXTRA_FIELDS].reverse() }));
    expect(text).toContain("function siemLogin(ctx)");
    expect(text).not.toContain("loginAction");
    expect(text.split("\n")[0]).toMatch(/^\/\/ Made by zitadel-siem/);
    expect(Buffer.byteLength(text)).toBeLessThan(14_000);
  });

  it.each<[string, Partial<LoginScript>]>([
    ['"two words" cannot name its function', { actionName: "two words" }],
    ['"class" cannot name its function', { actionName: "class" }],
    ['"sha256" cannot name its function', { actionName: "sha256" }],
    ["the organization's id is empty or holds a space", { organizationId: "1 2" }],
    ["the secret is empty", { secret: "" }],
    ["neither a webhook nor the log would get the record", { webhook: undefined, log: false }],
    ["the webhook's url is not http(s)", { webhook: { url: "siem.example.com" } }],
    ["there is no extra field form; there are acceptLanguage,", { extraFields: ["form" as never] }],
  ])("is refused: %s", (message, part) => {
    expect(() => loginScript({ ...settings, ...part })).toThrow(message);
  });
});
