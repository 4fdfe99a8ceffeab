import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../pulumi/goProgram";

const script = join(__dirname, "build.sh");

/** Brings rsyslog unless the cache has it. */
export function ensureRsyslog(): void {
  execFileSync("bash", [script], { stdio: ["ignore", "ignore", "inherit"] });
}

/** Where build.sh puts it, and where its libraries are. */
function built() {
  const key = createHash("sha256").update(readFileSync(script)).digest("hex").slice(0, 12);
  const root = join(cacheFolder(), `rsyslog-${key}`, "root", "usr");
  const platform = readdirSync(join(root, "lib")).find((name) => name.endsWith("-linux-gnu"))!;
  return { program: join(root, "sbin", "rsyslogd"), libraries: join(root, "lib", platform) };
}

/** Starts rsyslog with the `rsyslog.conf` of a folder, into which its log goes too. */
export function spawnRsyslog(folder: string): ChildProcess {
  const { program, libraries } = built();
  const log = openSync(join(folder, "rsyslog.log"), "a");
  const files = ["-f", join(folder, "rsyslog.conf"), "-i", join(folder, "pid")];
  const child = spawn(program, ["-n", ...files, "-M", join(libraries, "rsyslog")], {
    env: { LD_LIBRARY_PATH: libraries },
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  return child;
}
