/**
 * What Pulumi's engine starts for programs in other languages: the package's `main`, which `@pulumi/pulumi`'s
 * run-plugin requires by the package's folder (programs in TypeScript get what `exports` names). Left to itself,
 * run-plugin has TypeScript read the types of all sources for the schema, in each preview anew; here it is read
 * from the file that the build wrote, and the components are loaded when the first of them is to be constructed.
 */
import { channel } from "node:diagnostics_channel";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import "./debugMessages";
import { packageFolder } from "./packageFolder";

type ComponentClass = new (
  name: string,
  args: pulumi.Inputs,
  options: pulumi.ComponentResourceOptions,
) => pulumi.ComponentResource;

/** Tells the plugin's start (tools/plugin/start.ts) that the components are loaded and one is constructed. */
const constructed = channel("zitadel-siem:constructed");

class ComponentsProvider implements pulumi.provider.Provider {
  readonly schema = readFileSync(join(packageFolder, "dist", "schema.json"), "utf8");
  readonly #parsed = JSON.parse(this.schema) as {
    version: string;
    resources: Record<string, { properties: Record<string, unknown> }>;
  };
  readonly version = this.#parsed.version;

  /** @param type `zitadel-siem:index:<class>` */
  async construct(
    name: string,
    type: string,
    inputs: pulumi.Inputs,
    options: pulumi.ComponentResourceOptions,
  ): Promise<pulumi.provider.ConstructResult> {
    const described = this.#parsed.resources[type];
    if (!described) throw new Error(`this package has no component ${type}`);
    const components = require("./index") as Record<string, ComponentClass>;
    const component = new components[type.split(":")[2]!]!(name, inputs, options);
    const outputs = component as unknown as pulumi.Inputs;
    const state = Object.keys(described.properties).map((output) => [output, outputs[output]]);
    constructed.publish(type);
    return { urn: component.urn, state: Object.fromEntries(state) };
  }
}

void pulumi.provider.main(new ComponentsProvider(), process.argv.slice(2));
