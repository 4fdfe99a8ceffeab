import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Say } from "../pulumi/ensurePulumi";
import { buildGoProgram, executablePath, type GoProgram } from "../pulumi/goProgram";

/** The program that runs Actions as ZITADEL does; its version is the hash of its source. */
function actionEngine(): GoProgram {
  const hash = createHash("sha256");
  for (const name of readdirSync(__dirname).sort()) {
    if (name.endsWith(".go")) hash.update(readFileSync(join(__dirname, name)));
  }
  return {
    what: "the engine of ZITADEL's Actions",
    name: "zitadel-actions",
    version: hash.digest("hex").slice(0, 12),
    module: __dirname,
    package: ".",
    variables: {},
    expectation: "about twenty seconds on two cores",
    otherwise: "Without it the ZITADEL stand-in runs no Actions and signs nobody in.",
  };
}

/** Builds the program unless the cache has it; gives the executable's absolute path. */
export function ensureActionEngine(say: Say): Promise<string> {
  return buildGoProgram(actionEngine(), say);
}

/** The executable, where it is built already. */
export function builtActionEngine(): string | undefined {
  const path = executablePath(actionEngine());
  return existsSync(path) ? path : undefined;
}

async function main(): Promise<void> {
  const say: Say = (line) => console.log(line);
  say(`the engine of ZITADEL's Actions: ${await ensureActionEngine(say)}`);
}

if (require.main === module) {
  main().catch((error: Error) => {
    console.error(error.message);
    process.exit(1);
  });
}
