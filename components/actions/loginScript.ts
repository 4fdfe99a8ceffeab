import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Script } from "node:vm";
import { EXTRA_FIELDS, type ExtraField } from "../../contract/declaration/logins";
import { LOG_LINE_BYTES, LOG_MARKER, type LoginClaim } from "../../contract/loginClaim";
import { packageFolder } from "../packageFolder";

/**
 * Where a further field comes from, below `ctx.v1`. All are harmless: none holds a credential or what the person
 * typed as a password. `callbackHost` is the host of the address that the application wants the answer at.
 */
const extraPaths = {
  acceptLanguage: ["authRequest", "browserInfo", "acceptLanguage"],
  applicationResourceOwner: ["authRequest", "applicationResourceOwner"],
  callbackHost: ["authRequest", "callbackUri"],
  displayName: ["authRequest", "displayName"],
  externalUserId: ["externalUser", "externalId"],
  host: ["httpRequest", "host"],
  remoteAddress: ["httpRequest", "remoteAddr"],
  requestedOrgName: ["authRequest", "requestedOrgName"],
  requestedPrimaryDomain: ["authRequest", "requestedPrimaryDomain"],
  scopes: ["authRequest", "request", "oidc", "scopes"],
  uiLocales: ["authRequest", "uiLocales"],
  userName: ["authRequest", "userName"],
} as const satisfies { [field in ExtraField]: readonly string[] };

/** What a script is rendered from. One script serves one organization's one flow and trigger. */
export interface LoginScript {
  /** The Action's name, which ZITADEL wants the function to bear: a JavaScript identifier. */
  actionName: string;
  organizationId: string;
  /** Key of the signature, as text; its UTF-8 is the key's bytes. */
  secret: string;
  flow: LoginClaim["flow"];
  trigger: LoginClaim["trigger"];
  /** Where to POST a `LoginCall` to; without it nothing is posted. */
  webhook?: { url: string };
  /** Whether to write the record to ZITADEL's log. */
  log: boolean;
  extraFields: readonly ExtraField[];
}

/**
 * The source text of an Action (about 12 kB; ZITADEL takes 40,000 bytes). Pure: the same input gives the same
 * bytes. Throws an error that says what is wrong where the text could not run.
 */
export function loginScript(script: LoginScript): string {
  refuse(script);
  const { actionName, organizationId, secret, flow, trigger, webhook, log, extraFields } = script;
  const chosen = EXTRA_FIELDS.filter((name) => extraFields.includes(name));
  const settings = {
    organization: organizationId,
    secret,
    flow,
    trigger,
    log,
    webhook: webhook?.url ?? "",
    extra: Object.fromEntries(chosen.map((name) => [name, extraPaths[name]])),
    marker: LOG_MARKER,
    lineBytes: LOG_LINE_BYTES,
  };
  return readSource()
    .replace(
      /^const settings = \{$[\s\S]*?^\};$/m,
      () => `const settings = ${JSON.stringify(settings, null, 2)};`,
    )
    .replace("function loginAction(", () => `function ${actionName}(`);
}

function refuse({ actionName, organizationId, secret, webhook, log, extraFields }: LoginScript): void {
  const wrong = (what: string) => new Error(`The login script cannot be made: ${what}`);
  if (!canName(actionName)) throw wrong(`"${actionName}" cannot name its function, as an Action's name must`);
  if (!/^[!-~]{1,200}$/.test(organizationId)) throw wrong("the organization's id is empty or holds a space");
  if (secret === "") throw wrong("the secret is empty");
  if (!log && !webhook) throw wrong("neither a webhook nor the log would get the record");
  if (webhook && !/^https?:\/\/\S+$/.test(webhook.url)) throw wrong("the webhook's url is not http(s)://…");
  const unknown = extraFields.filter((name) => !EXTRA_FIELDS.includes(name));
  if (unknown.length > 0)
    throw wrong(`there is no extra field ${unknown.join(", ")}; there are ${EXTRA_FIELDS.join(", ")}`);
}

/** Whether a function can have the name: an identifier, no word of the language, not taken in the script. */
function canName(name: string): boolean {
  const taken = [...readSource().matchAll(/^(?:function|const) (\w+)/gm)].map(([, one]) => one);
  if (!/^[A-Za-z_$][\w$]{0,199}$/.test(name) || taken.includes(name)) return false;
  try {
    new Script(`function ${name}() {}`);
    return true;
  } catch {
    return false;
  }
}

let cached: string | undefined;

function readSource(): string {
  cached ??= readFileSync(join(packageFolder, "actions", "loginAction.js"), "utf8");
  return cached;
}
