import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The key of a secret's object in exports and messages (`sig` in Pulumi's wire format). */
const SECRET_MARK = "4dabf18193072939515e22adb298388d";

/** Characters of a part of a long secret that is looked for. */
const PART = 32;

/**
 * What can be found of a secret in a text, in whichever form it was written: as it is, as a JSON string, as one within
 * another, as base64 (at each of three alignments). Of a long secret a part from the middle of each half will do: a
 * message may hold one of them only.
 */
export function tracesOf(secret: string): string[] {
  const middles = [1, 3].map((quarters) => Math.floor((secret.length * quarters) / 4));
  const parts =
    secret.length > 3 * PART
      ? middles.map((middle) => secret.slice(middle - PART / 2, middle + PART / 2))
      : [secret];
  return parts.flatMap((part) => {
    const escaped = JSON.stringify(part).slice(1, -1);
    const encoded = [0, 1, 2].map((shift) =>
      Buffer.from("-".repeat(shift) + part)
        .toString("base64")
        .slice(4, -4),
    );
    return [part, escaped, JSON.stringify(escaped).slice(1, -1), ...encoded];
  });
}

/** The files below a folder, packages of npm apart, that hold one of the traces, and how many files were looked at. */
export function searchFiles(folder: string, traces: readonly string[]): { found: string[]; files: number } {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("/node_modules"))
    .map((entry) => join(entry.parentPath, entry.name));
  const found = files.filter((file) => {
    const text = readFileSync(file, "latin1");
    return traces.some((trace) => text.includes(trace));
  });
  return { found, files: files.length };
}

/** An export's text without what it marks as secret. */
export const withoutMarked = (state: unknown): string =>
  JSON.stringify(state, (_, value) => (value?.[SECRET_MARK] ? "[secret]" : value));
