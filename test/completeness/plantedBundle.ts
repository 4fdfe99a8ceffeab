import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "esbuild";
import { buildForwarder } from "../../tools/buildForwarder";

/** A change of one place in the sources. */
export interface PlantedBug {
  name: string;
  file: string;
  /** The text in the file; it must stand there exactly once. */
  find: string;
  replace: string;
}

const root = join(__dirname, "..", "..");

/** Bundles the forwarder with a bug planted, or as it is. Returns the bundle's path. */
export async function bundleWith(bug: PlantedBug | undefined, outfile: string): Promise<string> {
  let planted = bug === undefined;
  const plant: Plugin = {
    name: "plant",
    setup: ({ onLoad }) => {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        if (bug === undefined || path !== join(root, bug.file)) return undefined;
        const parts = readFileSync(path, "utf8").split(bug.find);
        if (parts.length !== 2)
          throw new Error(`${bug.file} holds the text to change ${parts.length - 1} times`);
        planted = true;
        return { contents: parts.join(bug.replace), loader: "ts" };
      });
    },
  };
  await buildForwarder(outfile, [plant]);
  if (!planted) throw new Error(`${bug!.file} is no part of the bundle`);
  return outfile;
}
