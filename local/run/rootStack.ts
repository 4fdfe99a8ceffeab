/** The root's ready-made stack, run in this process under the run's engine. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { OutputMap } from "@pulumi/pulumi/automation";
import { parse } from "yaml";
import type { Configuration, LocalEngine } from "../engine";
import type { LocalStack, Operation, Step } from "../engineStack";
import type { Destination, Source } from "./environment";

const root = join(__dirname, "..", "..");

/** Milliseconds that the reader's key of a run is good for. */
const KEY_LIFETIME = 24 * 3_600_000;

export function rootConfiguration(source: Source, destination: Destination, now: number): Configuration {
  const insecure = source.url.protocol === "http:";
  const expires = `${new Date(now + KEY_LIFETIME).toISOString().slice(0, 19)}Z`;
  return {
    domain: source.url.hostname,
    port: source.url.port || (insecure ? "80" : "443"),
    insecure: String(insecure),
    trustedProxies: String(source.trustedProxies),
    adminKey: { secret: source.adminKey },
    organizationId: source.organizationId,
    readerKeys: JSON.stringify([{ name: "local", expires }]),
    namespace: "zitadel-siem",
    startFrom: source.startFrom,
    destinationUrl: destination.url,
    destinationToken: { secret: destination.token },
    ...(source.logins && { logins: JSON.stringify(source.logins) }),
  };
}

export async function openRootStack(engine: LocalEngine, config: Configuration): Promise<LocalStack> {
  const { name } = parse(readFileSync(join(root, "Pulumi.yaml"), "utf8")) as { name: string };
  return engine.inlineStack({ project: name, config, program: loadProgram });
}

/** Runs the root's index.ts anew: a preview before an up must leave nothing behind for it. */
async function loadProgram(): Promise<OutputMap> {
  const file = require.resolve(root);
  delete require.cache[file];
  return { ...(require(file) as OutputMap) };
}

/** What an operation does to resources, by where they are: `in ZITADEL MachineKey, MachineUser; …`. */
export function describeSteps({ steps }: Operation, op: string): string {
  const places: Record<string, string> = { zitadel: "in ZITADEL", kubernetes: "on this machine" };
  const names = (place: string) =>
    steps
      .filter((step) => step.op === op && packageOf(step) === place)
      .map(({ type }) => type.split(":").at(-1)!);
  return Object.entries(places)
    .map(([place, title]) => `${title} ${count(names(place))}`)
    .join("; ");
}

function count(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names.toSorted()) counts.set(name, (counts.get(name) ?? 0) + 1);
  const parts = [...counts].map(([name, times]) => (times === 1 ? name : `${times} ${name}`));
  return parts.length === 0 ? "nothing" : parts.join(", ");
}

/** `zitadel` of `zitadel:index/machineUser:MachineUser`. */
function packageOf({ type }: Step): string {
  return type.split(":")[0]!;
}
