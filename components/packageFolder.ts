import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * The folder of this package, the nearest one with a package.json: what the package reads at run time is found by
 * its path in there, from the sources, from what they are compiled to and from a plugin in one file alike.
 */
export const packageFolder = nearest(__dirname);

function nearest(folder: string): string {
  return existsSync(join(folder, "package.json")) ? folder : nearest(dirname(folder));
}
