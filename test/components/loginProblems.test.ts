import { describe } from "vitest";
import { areRefused, later, type Wrong } from "./refusal";

const wrong: Wrong[] = [
  ["logins of no organization", withLogins({ organizations: [] }), "logins.organizations", "at least one"],
  [
    "an organization without an id",
    withLogins({ organizations: [{ name: "a" }] }),
    "logins.organizations[0].id",
    "give the organization's id",
  ],
  [
    "an organization's name as its id",
    withLogins({ organizations: [{ id: "acme" }] }),
    "logins.organizations[0].id",
    "digits",
  ],
  [
    "an id from another resource without a name",
    withLogins({ organizations: [{ id: later<string>() }] }),
    "logins.organizations[0].name",
    "name what belongs to it",
  ],
  [
    "an organization twice",
    withLogins({ organizations: [{ id: "301" }, { id: "301" }] }),
    "logins.organizations[1].name",
    "a name of its own",
  ],
  ["no generation of login secrets", withLogins({ secrets: [] }), "logins.secrets", "2026-11"],
  [
    "a generation of login secrets twice",
    withLogins({ secrets: ["a", "a"] }),
    "logins.secrets[1]",
    "a name of its own",
  ],
  ["an unknown flow", withLogins({ flows: ["saml"] }), "logins.flows[0]", '"internal", "external"'],
  [
    "an unknown trigger",
    withLogins({ triggers: ["post-authentication"] }),
    "logins.triggers[0]",
    '"post authentication"',
  ],
  ["no trigger", withLogins({ triggers: [] }), "logins.triggers", "at least one of"],
  [
    "an unknown extra field",
    withLogins({ extraFields: ["password"] }),
    "logins.extraFields[0]",
    '"acceptLanguage"',
  ],
  [
    "a timeout that ZITADEL refuses",
    withLogins({ timeoutSeconds: 25 }),
    "logins.timeoutSeconds",
    "at most 20",
  ],
  ["logins from no source", withLogins({ stdout: undefined }), "logins", "give webhook, stdout or both"],
  [
    "a log that is collected nowhere",
    withLogins({ stdout: {} }),
    "logins.stdout.namespace",
    "or set collect: false",
  ],
  [
    "a webhook that nobody may call",
    withLogins({ stdout: undefined, webhook: {} }),
    "logins.webhook.from",
    "those of ZITADEL",
  ],
];

function withLogins(change: Record<string, unknown>) {
  return {
    logins: {
      organizations: [{ id: "301" }],
      secrets: ["2026-11"],
      stdout: { namespace: "zitadel" },
      ...change,
    },
  };
}

describe("a wrong declaration of logins is refused before anything is created:", () => areRefused(wrong));
