import "./memory";
import { ArgumentsError, readArguments, usage } from "./arguments";
import { ConfigurationError, readConfiguration } from "./configurationFile";
import { JournalRefusedError } from "./journal/errors";
import { runProgram } from "./program";
import { Problem } from "./sources/events/problem";

/** The exit status when a person has to change something before a start can succeed. */
const WRONG_INPUT = 2;

async function main(): Promise<void> {
  try {
    const given = readArguments(process.argv.slice(2));
    await runProgram(given, readConfiguration(given.config));
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** Says on standard error what was wrong; returns the exit status. */
function report(error: unknown): number {
  if (error instanceof ArgumentsError) {
    console.error(`${error.message}\n${usage}`);
    return WRONG_INPUT;
  }
  if (error instanceof ConfigurationError || error instanceof JournalRefusedError) {
    for (const line of error.message.split("\n")) console.error(`${error.name}: ${line}`);
    return WRONG_INPUT;
  }
  if (error instanceof Problem) console.error(`${error.message}: ${error.details.remedy}`);
  else console.error(error);
  return 1;
}

void main();
