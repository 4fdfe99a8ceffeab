/**
 * Declares what the plan in the variable PLAN says, with this repository's package. Its counterpart for the official
 * Python package is program.py.
 */
import * as pulumi from "@pulumi/pulumi";
import * as zitadel from "@pulumiverse/zitadel";
import type { Plan } from "./plan";

const plan = JSON.parse(process.env.PLAN!) as Plan;
const classes = zitadel as unknown as Record<string, new (...args: unknown[]) => pulumi.CustomResource> &
  Record<string, { get(...args: unknown[]): pulumi.CustomResource }> &
  Record<string, (args: unknown) => unknown>;
const declared: Record<string, pulumi.Resource> = {};

const values = (given: Record<string, { value: unknown; secret?: true }>) =>
  Object.fromEntries(
    Object.entries(given).map(([name, { value, secret }]) => [name, secret ? pulumi.secret(value) : value]),
  );

for (const { name, kind, args, provider, lookup } of plan.resources) {
  const options = provider ? { provider: declared[provider] } : {};
  try {
    declared[name] = lookup
      ? classes[kind]!.get(name, lookup, values(args), options)
      : new classes[kind]!(name, values(args), options);
  } catch (error) {
    if (!/^Missing required property/.test((error as Error).message)) {
      throw error;
    }
  }
}
for (const { name, args } of plan.functions) {
  classes[name]!(values(args));
}

const configured = Object.fromEntries(plan.config.map((key) => [key, zitadel.config[key]]));
new zitadel.Provider("configured", configured as unknown as zitadel.ProviderArgs);
