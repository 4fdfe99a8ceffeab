import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation";

/** The key of a secret's object in exports and messages (`sig` in Pulumi's wire format). */
const SECRET_MARK = "4dabf18193072939515e22adb298388d";

/**
 * What can be found of a secret in a text, in whichever form it was written: as it is, as a JSON string, as
 * base64 (at each of three alignments). Of a long secret a part from its middle will do.
 */
export function tracesOf(secret: string): string[] {
  const middle = Math.floor(secret.length / 2);
  const part = secret.length > 60 ? secret.slice(middle - 24, middle + 24) : secret;
  const encoded = [0, 1, 2].map((shift) =>
    Buffer.from("-".repeat(shift) + part)
      .toString("base64")
      .slice(4, -4),
  );
  return [part, JSON.stringify(part).slice(1, -1), ...encoded];
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

/**
 * Whether a person or a log sees an event. In those of severity `debug` Pulumi's own SDK for Node tells what the
 * engine answered it, secrets of every program among it; `--debug` and `pulumi up --json` alone print them
 * (docs/operations.md says so).
 */
export const isShown = ({ diagnosticEvent }: EngineEvent): boolean =>
  (diagnosticEvent?.severity as string | undefined) !== "debug";
