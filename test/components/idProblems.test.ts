import { describe, expect, it } from "vitest";
import { EventsReader, LoginActions, LoginSecrets } from "../../components/index";
import { good, said } from "./refusal";

// As a program gets it from a configuration or from YAML: the text 400716712430799910 is another number by then.
const id = Number("400716712430799910");
const logins = (organization: object) => ({
  organizations: [organization],
  secrets: ["2026-11"],
  stdout: { namespace: "zitadel" },
});
const filtered = (filter: object) => ({
  destinations: [{ name: "soc", http: { url: "https://siem.example.com" }, filter }],
});

describe("an id that is a number is refused, with a word about quotes:", () => {
  it.each([
    ["organizationId", { organizationId: id }],
    ["logins.organizations[0].id", { logins: logins({ id }) }],
    ["logins.organizations[0].id", { logins: logins({ id, name: "first" }) }],
    ["events.resourceOwner", { events: { resourceOwner: id } }],
    ["events.aggregateId", { events: { aggregateId: id } }],
    ["events.editorUserId", { events: { editorUserId: id } }],
    [
      "destinations[0].filter.include[0].organizations[1]",
      filtered({ include: [{ organizations: ["3", id] }] }),
    ],
    ["destinations[0].filter.exclude[0].users[0]", filtered({ exclude: [{ users: [id] }] })],
    ["organizationId", { organizationId: 301n }],
  ])("%s of AuditLogStream", (path, change) => {
    const line = said(change)
      .split("\n")
      .find((text) => text.startsWith(`  ${path} `));
    expect(line, said(change)).toContain("write it in quotes");
    expect(said(change), "the number is not the id").not.toContain(String(id));
  });

  it.each([
    ["organizationId", () => new EventsReader("reader", { ...good.reader, organizationId: id as never })],
    [
      "organizations[0].id",
      () => new LoginSecrets("logins", { organizations: [{ id: id as never }], generations: ["a"] }),
    ],
    [
      "organizations[0].id",
      () => new LoginActions("logins", { organizations: [{ id: id as never }], secrets: ["a"], log: true }),
    ],
  ])("%s of the other components", (path, declare) => {
    expect(declare).toThrow(new RegExp(`^  ${path.replace(/[[\]]/g, "\\$&")} is a number.*quotes`, "m"));
  });
});

it("numbers of others stay, and texts", () => {
  const exporter = { kafka: { id: 5, users: [1] } };
  const change = { destinations: [{ name: "lake", collector: { exporter, id: 7 } }] };
  expect(said({ ...change, namespace: undefined })).not.toContain("is a number");
});

it.each([Number("12345678901234567890"), true, {}])(
  "a credential that is no text but %j is refused",
  (value) => {
    const http = { url: "https://siem.example.com", bearer: { value } };
    const message = said({ destinations: [{ name: "soc", http }] });
    expect(message).toContain("destinations[0].http.bearer.value is no text");
    expect(message).not.toContain("1234567890");
  },
);
