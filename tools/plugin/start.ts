/**
 * Starts the plugin with what V8 compiled of it before. Node's own compile cache keeps what is compiled when a file is
 * loaded, which of one bundle is hardly anything; here the code of all that ran until the first component was
 * constructed is kept, beside the bundle: a folder for temporary files is open to others, who could put something else
 * there. Where the folder cannot be written to, each start compiles anew.
 */
import { subscribe } from "node:diagnostics_channel";
import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { createRequire, wrap } from "node:module";
import { join } from "node:path";
import { Script } from "node:vm";

const bundle = join(__dirname, "plugin.cjs");
/** V8 refuses what another version of it left there. */
const kept = join(
  __dirname,
  `compiled-${Math.trunc(statSync(bundle).mtimeMs)}-${process.version}-${process.arch}`,
);

function read(): Buffer | undefined {
  try {
    return readFileSync(kept);
  } catch {
    return undefined;
  }
}

const cachedData = read();
// esbuild writes ASCII: everything else is escaped.
const script = new Script(wrap(readFileSync(bundle, "latin1")), { filename: bundle, cachedData });

function keep(): void {
  const part = `${kept}.${process.pid}`;
  try {
    writeFileSync(part, script.createCachedData());
    renameSync(part, kept);
  } catch {
    // The next start takes as long as this one.
  }
}

if (cachedData === undefined || script.cachedDataRejected)
  subscribe("zitadel-siem:constructed", () => setImmediate(keep));
script.runInThisContext()(exports, createRequire(bundle), module, bundle, __dirname);
