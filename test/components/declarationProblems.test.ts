import { describe, expect, it } from "vitest";
import { EventsReader, Forwarder, LoginActions, LoginSecrets } from "../../components/index";
import { areRefused, good, later, said, type Wrong } from "./refusal";

const wrong: Wrong[] = [
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
];

describe("a wrong declaration is refused before anything is created:", () => {
  areRefused(wrong);

  it("every problem is said at once, each with its property", () => {
    const message = said({ destinations: [], events: { from: "soon" }, namespace: "audit" });
    expect(message).toContain("AuditLogStream audit-log cannot be declared like this");
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
      / {2}reader has no way to sign in/,
    );
  });
});
