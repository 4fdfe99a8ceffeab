import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { behaviours } from "../../local/plugins/kubernetes/behaviours";

/** A test of one line of the table of behaviours, named after it. */
export function behaves(key: keyof typeof behaviours, run: () => Promise<void>): void {
  test(`${key}: ${behaviours[key].does}`, run);
}

/** The keys of which the test files beside this one have a test. */
export function testedBehaviours(): Set<string> {
  const files = readdirSync(__dirname).filter((name) => /^kubernetes.*\.test\.ts$/.test(name));
  const texts = files.map((name) => readFileSync(join(__dirname, name), "utf8"));
  return new Set(texts.flatMap((text) => [...text.matchAll(/behaves\("(\w+)"/g)].map(([, key]) => key!)));
}
