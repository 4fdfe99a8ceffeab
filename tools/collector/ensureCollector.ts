import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Say } from "../pulumi/ensurePulumi";
import { buildGoProgram, executablePath, type GoProgram } from "../pulumi/goProgram";

/** The Collector of the tests; its version is that of its parts and the hash of its source. */
function collector(): GoProgram {
  const source = createHash("sha256").update(readFileSync(join(__dirname, "main.go")));
  return {
    what: "an OpenTelemetry Collector",
    name: "collector",
    version: `0.145.0-${source.digest("hex").slice(0, 8)}`,
    module: __dirname,
    package: ".",
    variables: {},
    expectation: "about three minutes on two cores",
    otherwise: "The tests of destinations need it.",
  };
}

/** Builds the Collector unless the cache has it; gives the executable's absolute path. */
export function ensureCollector(say: Say): Promise<string> {
  return buildGoProgram(collector(), say);
}

/** Where the executable is, once it is built. */
export const collectorPath = (): string => executablePath(collector());

async function main(): Promise<void> {
  const say: Say = (line) => console.log(line);
  say(`the OpenTelemetry Collector: ${await ensureCollector(say)}`);
}

if (require.main === module) {
  main().catch((error: Error) => {
    console.error(error.message);
    process.exit(1);
  });
}
