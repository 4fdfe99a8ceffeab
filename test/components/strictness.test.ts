import { describe, expect, it } from "vitest";
import { AuditLogStream, EventsReader, Forwarder, LoginActions, LoginSecrets } from "../../components/index";
import type { ComponentName } from "../../contract/declaration/components";
import { componentArguments } from "../../contract/declaration/components";
import { misspellings } from "./misspelt";
import { said } from "./refusal";

const components = { AuditLogStream, EventsReader, Forwarder, LoginActions, LoginSecrets };
const names = Object.keys(componentArguments) as ComponentName[];

describe("a property with one letter changed is refused with its path and the right name:", () => {
  it.each(names)("%s", (name) => {
    const all = misspellings(name);
    const Component = components[name] as new (name: string, args: object) => unknown;
    const accepted = all.filter(({ within, right, wrong, args }) => {
      const path = within === "" ? wrong : `${within}.${wrong}`;
      const line = `  ${path} is not known: did you mean "${right}"?`;
      try {
        new Component("audit-log", args);
      } catch (error) {
        return !(error as Error).message.split("\n").includes(line);
      }
      return true;
    });
    console.log(`${name}: ${all.length} misspellings, ${all.length - accepted.length} refused`);
    expect(all.length).toBeGreaterThan(29);
    expect(accepted.map(({ within, wrong, right }) => `${within} ${wrong} (${right})`)).toEqual([]);
  });
});

describe("a property in the wrong place is refused with where it belongs:", () => {
  it.each([
    [{ bearer: { value: "t" } }, "bearer is not known here: it belongs to destinations[].http"],
    [
      { destinations: [{ name: "soc", url: "https://siem.example.com" }] },
      "destinations[0].url is not known here: it belongs to destinations[].http",
    ],
    [{ zitadel: { domain: "z.example.com", namespace: "audit" } }, "it belongs to the component itself"],
    [{ hunter2: { secret: 1 } }, "hunter2 is not known: take it out, or give one of zitadel, events"],
  ])("%j", (change, words) => expect(said(change)).toContain(words));
});

it("a name that may be a secret is not repeated", () => {
  const message = said({ "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig/+=": true });
  expect(message).toContain("has a property whose name is not shown here");
  expect(message).not.toContain("eyJ");
});

it("what a Collector's exporter takes is the exporter's affair, and labels are anybody's", () => {
  const exporter = { kafka: { borkers: [], anything: { at: "all" } } };
  const message = said({
    destinations: [{ name: "lake", collector: { exporter } }],
    monitoring: { labels: { "any.name/at-all": "x" } },
    namespace: undefined,
  });
  expect(message).not.toContain("is not known");
});
