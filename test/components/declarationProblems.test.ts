import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import {
  AuditLogStream,
  type AuditLogStreamArgs,
  EventsReader,
  Forwarder,
  LoginActions,
  LoginSecrets,
} from "../../components/index";

const good: AuditLogStreamArgs = {
  zitadel: { domain: "zitadel.example.com" },
  organizationId: "301",
  reader: { keys: [{ name: "2026-11", expires: "2027-11-01T00:00:00Z" }] },
  destinations: [{ name: "soc", http: { url: "https://siem.example.com" } }],
  namespace: "audit",
  image: "example.com/forwarder",
};
const http = { url: "https://siem.example.com" };
/** A value that is not known at preview. */
const later = <T>() => pulumi.output(pulumi.unknown) as unknown as pulumi.Output<T>;

/** What the component says about a declaration: nothing is registered, because it throws before that. */
function said(change: Partial<AuditLogStreamArgs> | Record<string, unknown>): string {
  try {
    new AuditLogStream("audit-log", { ...good, ...change } as AuditLogStreamArgs);
  } catch (error) {
    expect(pulumi.RunError.isInstance(error), "printed without a stack trace").toBe(true);
    expect(pulumi.InputPropertiesError.isInstance(error), "in other languages too").toBe(true);
    return (error as Error).message;
  }
  throw new Error("the declaration was accepted");
}

const wrong: [what: string, change: Record<string, unknown>, path: string, remedy: string][] = [
  ["no destination", { destinations: [] }, "destinations", "declare at least one destination"],
  [
    "no list of destinations",
    { destinations: undefined },
    "destinations",
    "declare at least one destination",
  ],
  [
    "two kinds in one",
    { destinations: [{ name: "soc", http, stdout: {} }] },
    "destinations[0]",
    "give exactly one",
  ],
  [
    "no kind",
    { destinations: [{ name: "soc" }] },
    "destinations[0]",
    "give exactly one of http, splunk, elasticsearch, opensearch, otlp, stdout",
  ],
  [
    "a destination name twice",
    {
      destinations: [
        { name: "soc", http },
        { name: "soc", stdout: {} },
      ],
    },
    "destinations[1].name",
    "give another",
  ],
  [
    "a URL that is none",
    {
      destinations: [
        { name: "log", stdout: {} },
        { name: "soc", http: { url: "siem.example.com" } },
      ],
    },
    "destinations[1].http.url",
    "must be an http or https URL",
  ],
  [
    "a password in a URL",
    { destinations: [{ name: "soc", http: { url: "https://me:hunter2@siem.example.com" } }] },
    "destinations[0].http.url",
    "use bearer or basic",
  ],
  [
    "a token among a URL's parameters",
    { destinations: [{ name: "soc", http: { url: "https://siem.example.com/in?api_key=hunter2" } }] },
    "destinations[0].http.url",
    "use bearer, basic or signing",
  ],
  [
    "a token as a plain header",
    { destinations: [{ name: "soc", http: { ...http, headers: { "X-Auth-Token": "hunter2" } } }] },
    "destinations[0].http.headers.X-Auth-Token",
    "use bearer, basic or signing",
  ],
  [
    "a credential in both forms",
    {
      destinations: [
        { name: "soc", http: { ...http, bearer: { value: "x", secret: { name: "a", key: "b" } } } },
      ],
    },
    "destinations[0].http.bearer",
    "exactly one of { value } and { secret: { name, key } }",
  ],
  [
    "a credential without a key",
    { destinations: [{ name: "soc", http: { ...http, bearer: { secret: { name: "a" } } } }] },
    "destinations[0].http.bearer.secret.key",
    "give the Secret's key",
  ],
  [
    "Splunk without a token",
    { destinations: [{ name: "soc", splunk: { url: "https://splunk.example.com:8088" } }] },
    "destinations[0].splunk.token",
    "exactly one of { value } and { secret: { name, key } }",
  ],
  [
    "an empty index of Splunk",
    {
      destinations: [
        { name: "soc", splunk: { url: "https://splunk.example.com:8088", token: { value: "t" }, index: "" } },
      ],
    },
    "destinations[0].splunk.index",
    "is empty",
  ],
  [
    "monthly indices and a data stream at once",
    {
      destinations: [
        {
          name: "soc",
          opensearch: { url: "https://opensearch.example.com:9200", index: "a", dataStream: "b" },
        },
      ],
    },
    "destinations[0].opensearch.dataStream",
    "give one of them",
  ],
  [
    "an API key and a password at once",
    {
      destinations: [
        {
          name: "soc",
          elasticsearch: {
            url: "https://elastic.example.com:9200",
            apiKey: { value: "x" },
            basic: { userName: "me", password: { value: "y" } },
          },
        },
      ],
    },
    "destinations[0].elasticsearch.basic",
    "give one of them",
  ],
  [
    "an index that cannot be",
    {
      destinations: [
        { name: "soc", opensearch: { url: "https://opensearch.example.com:9200", index: "Audit Log" } },
      ],
    },
    "destinations[0].opensearch.index",
    "lower-case letters",
  ],
  [
    "OTLP in another format",
    {
      destinations: [{ name: "soc", format: "zitadel", otlp: { url: "https://collector.example.com:4318" } }],
    },
    "destinations[0].format",
    "must be otel",
  ],
  [
    "a name of a secret header that is none",
    {
      destinations: [
        {
          name: "soc",
          otlp: { url: "https://collector.example.com:4318", secretHeaders: { "a b": { value: "x" } } },
        },
      ],
    },
    "destinations[0].otlp.secretHeaders",
    "letters, digits and '-'",
  ],
  [
    "a time frame that ends before it starts",
    { events: { from: "2026-02-01T00:00:00Z", to: "2026-01-01T00:00:00Z" } },
    "events.to",
    "must be later than 'from'",
  ],
  ["an unparsable time", { events: { from: "yesterday" } }, "events.from", "RFC 3339 with a zone"],
  ["an unparsable start", { events: { startFrom: "now" } }, "events.startFrom", "beginning"],
  [
    "too many event types",
    { events: { eventTypes: Array.from({ length: 31 }, (_, index) => `type.${index}`) } },
    "events.eventTypes",
    "30",
  ],
  [
    "too many aggregate types",
    { events: { aggregateTypes: Array.from({ length: 11 }, (_, index) => `type${index}`) } },
    "events.aggregateTypes",
    "10",
  ],
  [
    "a URL as the domain",
    { zitadel: { domain: "https://zitadel.example.com" } },
    "zitadel.domain",
    "no scheme",
  ],
  ["no domain", { zitadel: {} }, "zitadel.domain", "zitadel.example.com"],
  ["no way to sign in", { reader: {} }, "reader", "or { existingKey }"],
  [
    "two ways to sign in",
    { reader: { ...good.reader, existingKey: { value: "{}" } } },
    "reader",
    "give exactly one",
  ],
  [
    "an existing key without a start",
    { reader: { existingKey: { secret: { name: "reader", key: "key.json" } } } },
    "events.startFrom",
    '"beginning" for everything',
  ],
  [
    "no organization for a new account",
    { organizationId: undefined },
    "organizationId",
    "owns the service account",
  ],
  ["no generation of the key", { reader: { keys: [] } }, "reader.keys", "list of generations"],
  [
    "a generation twice",
    { reader: { keys: [...good.reader.keys!, ...good.reader.keys!] } },
    "reader.keys[1].name",
    "a name of its own",
  ],
  [
    "an expiry that is no time",
    { reader: { keys: [{ name: "a", expires: "2027" }] } },
    "reader.keys[0].expires",
    "RFC 3339",
  ],
  ["a size that is none", { storage: { size: "big" } }, "storage.size", "for example 4Gi"],
  ["a size that a busy hour fills", { storage: { size: "255Mi" } }, "storage.size", "at least 256Mi"],
  ["an unknown kind of storage", { storage: { kind: "nfs" } }, "storage.kind", "volume"],
  ["a name that Kubernetes refuses", { workloadName: "Audit_Log" }, "workloadName", "lower-case"],
  ["no namespace", { namespace: undefined }, "namespace", "Kubernetes namespace"],
  ["an unknown log level", { logLevel: "loud" }, "logLevel", "debug"],
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
    "from 1 to 20",
  ],
  ["logins by no road", withLogins({ stdout: undefined }), "logins", "give webhook, stdout or both"],
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

describe("a wrong declaration is refused before anything is created:", () => {
  for (const [what, change, path, remedy] of wrong)
    it(what, () => {
      const line = said(change)
        .split("\n")
        .find((text) => text.startsWith(`  ${path} `));
      expect(line, said(change)).toContain(remedy);
    });

  it("every problem is said at once, each with its property", () => {
    const message = said({ destinations: [], events: { from: "soon" }, namespace: "audit" });
    expect(message).toContain("AuditLogStream audit-log is declared wrongly");
    expect(message).toContain("  destinations ");
    expect(message).toContain("  events.from ");
  });

  it("no value that may be a secret is repeated", () => {
    expect(
      said({ destinations: [{ name: "soc", http: { url: "https://me:hunter2@siem.example.com" } }] }),
    ).not.toContain("hunter2");
  });

  it("what is known is checked beside what is not", () => {
    const destinations = [
      { name: "soc", http: { url: later<string>() } },
      { name: "soc", http: { url: "siem.example.com" } },
    ];
    const message = said({ zitadel: { domain: later<string>() }, destinations });
    expect(message).toContain("destinations[1].name");
    expect(message).toContain("destinations[1].http.url");
    expect(message).not.toContain("destinations[0].http.url");
    expect(message).not.toContain("zitadel.domain");
  });

  it("the parts by themselves name their own properties", () => {
    const logins = { organizations: [{ id: "301" }], secrets: ["2026-11"] };
    expect(() => new LoginActions("logins", logins)).toThrow(
      / {2}webhook is missing: give \{ url \}, or log/,
    );
    expect(() => new LoginActions("logins", { ...logins, webhook: { url: "siem.example.com" } })).toThrow(
      / {2}webhook.url must be an http or https URL/,
    );
    const signed = [{ id: "301", secret: "s" }, { id: "302" }];
    expect(() => new LoginActions("logins", { log: true, organizations: signed })).toThrow(
      / {2}organizations\[1\].secret is missing/,
    );
    expect(() => new LoginActions("logins", { ...logins, log: true, organizations: signed })).toThrow(
      / {2}organizations\[0\].secret is given beside `secrets`/,
    );
    expect(() => new LoginSecrets("logins", { organizations: [{ id: "301" }], generations: [] })).toThrow(
      / {2}generations must be a plain list/,
    );
    expect(() => new EventsReader("reader", { keys: [] })).toThrow(/ {2}keys must be a list of generations/);
    const { organizationId: _, logins: __, ...delivery } = good;
    expect(() => new Forwarder("forwarder", { ...delivery, reader: {} })).toThrow(
      / {2}reader names no way to sign in/,
    );
  });
});
