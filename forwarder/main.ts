import "./memory";
import { ArgumentsError, readArguments, usage } from "./arguments";
import { ConfigurationError, readConfiguration } from "./configurationFile";
import { FaultError } from "./fault";
import { isVolumeFailure, JournalRefusedError } from "./journal/errors";
import { ListenerError } from "./listener";
import { runProgram } from "./program";
import { MASK, withoutSecrets } from "./records/redaction/net";

/** The exit status when a person has to change something before a start can succeed. */
const WRONG_INPUT = 2;

async function main(): Promise<void> {
  try {
    const given = readArguments(process.argv.slice(2));
    await runProgram(given, readConfiguration(given.config));
  } catch (error) {
    // Not only exitCode: what is still open, for example a listener, would keep the process alive.
    process.exit(report(error));
  }
}

/** Says on standard error what was wrong, for a person's mistake without a stack trace; returns the exit status. */
function report(error: unknown): number {
  if (error instanceof ArgumentsError) {
    console.error(`${error.message}\n${usage}`);
    return WRONG_INPUT;
  }
  if (
    error instanceof ConfigurationError ||
    error instanceof JournalRefusedError ||
    error instanceof ListenerError
  ) {
    for (const line of error.message.split("\n")) console.error(`${error.name}: ${line}`);
    return WRONG_INPUT;
  }
  if (error instanceof FaultError) console.error(`${error.reason}: ${error.remedy}`);
  else if (isVolumeFailure(error))
    console.error("the journal's volume takes no more: free space on it or enlarge it");
  else console.error(unexpected(error));
  return 1;
}

/** An error that nobody expected, with where it came from; what else it carries could hold a secret. */
function unexpected(error: unknown): string {
  if (!(error instanceof Error)) return "unexpected: something was thrown that is no error";
  const code = "code" in error ? ` (${error.code})` : "";
  const places = error.stack?.split("\n").filter((line) => /^\s+at /.test(line)) ?? [];
  const said = withoutSecrets(error.message, true) ?? MASK;
  return [`unexpected: ${error.name}${code}: ${said}`, ...places].join("\n");
}

process.on("uncaughtException", (error) => process.exit(report(error)));
void main();
