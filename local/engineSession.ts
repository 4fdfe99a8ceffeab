import { existsSync } from "node:fs";
import { join } from "node:path";
import { SYSTEM_PATH } from "./engineEnvironment";

/** Programs that run another in a session of its own, under the same process id. */
const programs = {
  setsid: [],
  perl: ["-MPOSIX", "-e", "POSIX::setsid(); exec @ARGV or die $!"],
};

/**
 * What stands in front of a command that is to have a session of its own: a Ctrl-C at the terminal does not reach it,
 * while whoever started it can still interrupt it. Nothing where the system has no program for it; with the shell's
 * `trap '' INT` before it, no Ctrl-C meets the moment until then either.
 */
export function ownSession(): string[] {
  for (const [name, args] of Object.entries(programs)) {
    const program = SYSTEM_PATH.map((folder) => join(folder, name)).find((path) => existsSync(path));
    if (program !== undefined) return [program, ...args];
  }
  return [];
}
