/** The other process of `warden.ts`. Run by Node itself, so it imports nothing of the project's. */
import { readFileSync, rmSync } from "node:fs";

/** Attempts at removing folders in which a process that is just ending may still write; 100 ms apart. */
const ATTEMPTS = 50;

const [register, ...folders] = process.argv.slice(2);

for (const signal of ["SIGINT", "SIGHUP", "SIGTERM"] as const) process.on(signal, () => undefined);
process.stdin.resume();
process.stdin.once("close", () => {
  for (const group of runningGroups()) {
    try {
      process.kill(-group, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
  removeFolders(ATTEMPTS);
});

function runningGroups(): Set<number> {
  const groups = new Set<number>();
  try {
    for (const line of readFileSync(register!, "utf8").split("\n")) {
      const pid = Number(line.slice(1));
      if (line.startsWith("+")) groups.add(pid);
      else groups.delete(pid);
    }
  } catch {
    // The run has removed its folder itself: nothing is left to do.
  }
  return groups;
}

function removeFolders(attempts: number): void {
  try {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  } catch {
    if (attempts > 1) setTimeout(removeFolders, 100, attempts - 1);
  }
}
