import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { emitPackage } from "./emit";
import type { Facts } from "./facts";

const packageFolder = join(__dirname, "../../sdks/zitadel");
const schemaFile = join(packageFolder, "schema.json");
const resources = [
  "Action",
  "InstanceMember",
  "MachineKey",
  "MachineUser",
  "PersonalAccessToken",
  "TriggerActions",
];
const functions = ["getTriggerActions"];

/** Every generated file of sdks/zitadel, by its absolute path. Needs neither network nor Python. */
export function zitadelSdkFiles(): { path: string; text: string }[] {
  const facts = JSON.parse(checkedInFacts()) as Facts;
  return emitPackage(facts).map(({ name, text }) => ({ path: join(packageFolder, name), text }));
}

/**
 * Writes the files of sdks/zitadel that are not what its schema.json emits, and returns their paths; with `check` it
 * writes nothing.
 */
export function generateZitadelSdk({ check }: { check: boolean }): string[] {
  const outdated = zitadelSdkFiles().filter((file) => contents(file.path) !== file.text);
  if (!check) {
    for (const file of outdated) {
      writeFileSync(file.path, file.text);
    }
  }
  return outdated.map((file) => file.path);
}

/** What schema.json has to hold: the facts of the wanted resources in a wheel of the official Python package. */
export function readFacts(wheel: string): string {
  const reader = join(__dirname, "facts.py");
  return execFileSync("python3", [reader, wheel, resources.join(), functions.join()], { encoding: "utf8" });
}

/** The facts that are checked in. */
export function checkedInFacts(): string {
  return readFileSync(schemaFile, "utf8");
}

function contents(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/**
 * npx tsx tools/zitadel-sdk/generate.ts [wheel]
 *
 * With a wheel (`pip download --no-deps pulumiverse-zitadel==0.2.0`) schema.json is read anew from it first.
 */
if (require.main === module) {
  const wheel = process.argv[2];
  if (wheel) {
    writeFileSync(schemaFile, readFacts(wheel));
  }
  for (const path of generateZitadelSdk({ check: false })) {
    console.log(`wrote ${path}`);
  }
}
