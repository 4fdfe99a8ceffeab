import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { brought } from "../debian/brought";

const script = join(__dirname, "build.sh");

/** Brings rsyslog unless the cache has it. */
export function ensureRsyslog(): void {
  execFileSync("bash", [script], { stdio: ["ignore", "ignore", "inherit"] });
}

/** Starts rsyslog with the `rsyslog.conf` of a folder, into which its log goes too. */
export function spawnRsyslog(folder: string): ChildProcess {
  const { programs, libraries } = brought("rsyslog");
  const log = openSync(join(folder, "rsyslog.log"), "a");
  const files = ["-f", join(folder, "rsyslog.conf"), "-i", join(folder, "pid")];
  const child = spawn(join(programs, "rsyslogd"), ["-n", ...files, "-M", join(libraries, "rsyslog")], {
    env: { LD_LIBRARY_PATH: libraries },
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  return child;
}
