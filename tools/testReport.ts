import type { Unhandled } from "./unhandledReporter";

/** What is read of the report that Vitest writes as JSON. */
export interface Report {
  testResults: FileReport[];
}

interface FileReport {
  /** The file's absolute path. */
  name: string;
  status: "passed" | "failed";
  /** What kept the file from running, else empty. */
  message: string;
  assertionResults: { status: string; fullName: string; failureMessages: string[] | null }[];
}

/** Lines of a failure's message that are kept. */
const MESSAGE_LINES = 12;

/** The counts of a report, and a paragraph for each failure: its file, its name and the head of its message. */
export function readReport(
  { testResults }: Report,
  root: string,
): { passed: number; skipped: number; failures: string[] } {
  const tests = testResults.flatMap((file) => file.assertionResults);
  const passed = tests.filter(({ status }) => status === "passed").length;
  const failed = tests.filter(({ status }) => status === "failed").length;
  const failures = testResults.flatMap((file) => {
    const path = file.name.replace(`${root}/`, "");
    const named = file.assertionResults
      .filter(({ status }) => status === "failed")
      .map(({ fullName, failureMessages }) => [`${path} > ${fullName}`, ...head(failureMessages ?? [])]);
    if (named.length === 0 && file.status === "failed") named.push([path, ...head([file.message])]);
    return named.map((lines) => lines.join("\n"));
  });
  return { passed, skipped: tests.length - passed - failed, failures };
}

/** A paragraph for each error that no test took: what it is, and the first line of its stack that is the project's. */
export function readUnhandled(errors: readonly Unhandled[], root: string): string[] {
  return errors.map(({ type = "unhandled error", name = "Error", message, stack = "" }) => {
    const own = stack.split("\n").find((line) => line.includes(root) && !line.includes("/node_modules/"));
    const where = own?.trim().replace(`file://${root}/`, "").replace(`${root}/`, "");
    return [`${type}: ${name}: ${message}`, ...(where === undefined ? [] : [`  ${where}`])].join("\n");
  });
}

const head = (messages: string[]): string[] =>
  messages.flatMap((message) =>
    message
      .split("\n")
      .slice(0, MESSAGE_LINES)
      .map((line) => `  ${line}`),
  );
