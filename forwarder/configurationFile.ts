import { readFileSync } from "node:fs";
import { type Configuration, checkConfiguration, type Problem } from "../contract";
import { releaseProblems } from "./records/redaction/release";

/** The configuration cannot be used; each problem is a line with its place and remedy. */
export class ConfigurationError extends Error {
  override name = "ConfigurationError";
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(({ path, message }) => (path === "" ? message : `${path} ${message}`)).join("\n"));
  }
}

/** Reads and checks the configuration's file. Throws ConfigurationError. */
export function readConfiguration(file: string): Configuration {
  const { configuration, problems } = checkConfiguration(readJson(file));
  if (problems) throw new ConfigurationError(problems);
  const refused = releaseProblems(configuration.redaction.release);
  if (refused.length > 0) throw new ConfigurationError(refused);
  return configuration;
}

function readJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new ConfigurationError([
      { path: "", message: `the file ${file} cannot be read (${code}): give its path as --config` },
    ]);
  }
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message would repeat a part of the text.
    throw new ConfigurationError([{ path: "", message: `the file ${file} is not JSON: correct it` }]);
  }
}
