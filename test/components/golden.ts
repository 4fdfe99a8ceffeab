import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";

/**
 * Compares a value with the file of that name in `golden`. With UPDATE_GOLDEN=1 the file is written instead:
 * read the difference before you commit it.
 */
export function expectGolden(name: string, value: unknown): void {
  const file = join(__dirname, "golden", `${name}.golden.json`);
  const text = `${JSON.stringify(value, undefined, 2)}\n`;
  if (process.env.UPDATE_GOLDEN === "1") {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  expect(JSON.parse(text)).toEqual(JSON.parse(readFileSync(file, "utf8")));
}
