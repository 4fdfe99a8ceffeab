import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** How large a folder is, looked at again and again. */
export interface FolderWatch {
  /** Bytes of all its files together, at most. */
  readonly most: number;
  /** How often it was looked at. */
  readonly looks: number;
  stop(): void;
}

/** Looks at a folder every few milliseconds; one that is not there is empty. */
export function watchFolder(folder: string): FolderWatch {
  let most = 0;
  let looks = 0;
  const timer = setInterval(() => {
    most = Math.max(most, bytesIn(folder));
    looks += 1;
  }, 5);
  return {
    get most() {
      return most;
    },
    get looks() {
      return looks;
    },
    stop: () => clearInterval(timer),
  };
}

function bytesIn(folder: string): number {
  return readdirSync(folder).reduce(
    (sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}
