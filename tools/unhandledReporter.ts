import { writeFileSync } from "node:fs";
import type { Reporter } from "vitest/node";

/** Names the file in the environment of Vitest. */
export const UNHANDLED = "ZITADEL_SIEM_UNHANDLED";

/** An error that no test took: Vitest ends with exit code 1 for it, and its report in JSON says nothing of it. */
export interface Unhandled {
  /** `Unhandled Rejection`, … */
  type?: string;
  name?: string;
  message: string;
  /** As Node writes it. */
  stack?: string;
}

/** Writes the unhandled errors of a run of Vitest as a JSON array. */
export default class UnhandledReporter implements Reporter {
  onTestRunEnd(_modules: unknown, errors: readonly Unhandled[]): void {
    const file = process.env[UNHANDLED];
    if (file)
      writeFileSync(
        file,
        JSON.stringify(errors.map(({ type, name, message, stack }) => ({ type, name, message, stack }))),
      );
  }
}
