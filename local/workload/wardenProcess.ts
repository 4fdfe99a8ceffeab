/** The other process of `warden.ts`. Run by Node itself, so it imports nothing of the project's. */
import { rmSync } from "node:fs";
import { createInterface } from "node:readline";

/** Attempts at removing a folder in which a process that is just ending may still write; 100 ms apart. */
const ATTEMPTS = 50;

const [folder] = process.argv.slice(2);
const groups = new Set<number>();

for (const signal of ["SIGINT", "SIGHUP", "SIGTERM"] as const) process.on(signal, () => undefined);
createInterface({ input: process.stdin })
  .on("line", (line) => {
    const pid = Number(line.slice(1));
    if (line.startsWith("+")) groups.add(pid);
    else groups.delete(pid);
  })
  .on("close", () => {
    for (const group of groups) {
      try {
        process.kill(-group, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    }
    if (folder !== undefined) removeFolder(folder, ATTEMPTS);
  });

function removeFolder(path: string, attempts: number): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    if (attempts > 1) setTimeout(removeFolder, 100, path, attempts - 1);
  }
}
